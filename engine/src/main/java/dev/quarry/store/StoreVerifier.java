package dev.quarry.store;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Verifies packs and index: first the tables of every pack, then the index against them, then
 * frames, each decoded and its chunks hashed by one of the threads. Takes a bit of memory for each
 * chunk of a pack that has a damaged one, and the packs' tables are mapped.
 */
final class StoreVerifier {

    /** Frames that one piece of work has: some 16 MiB of plain bytes. */
    private static final int PIECE_FRAMES = 64;

    private final BlobStore blobs;
    private final int frameBytes;
    private final int threads;
    private final VerifyDepth depth;
    private final Findings findings = new Findings();
    private final Set<String> unusable = new HashSet<>();
    private final Map<String, BitSet> damaged = new HashMap<>();
    private long frames;
    private long plainBytes;

    StoreVerifier(BlobStore blobs, int frameBytes, int threads, VerifyDepth depth) {
        this.blobs = blobs;
        this.frameBytes = frameBytes;
        this.threads = threads;
        this.depth = depth;
    }

    /** Verifies, and gives what is sound. */
    SoundStore run(ProgressListener listener, CancelToken cancel) throws IOException {
        List<String> names = new ArrayList<>();
        for (String blob : blobs.list(ChunkIndex.PACKS)) {
            if (blob.endsWith(ChunkIndex.PACK_ENDING)) {
                names.add(blob);
            } else if (!blob.endsWith(TrimmedPack.FRAMES_ENDING)) {
                findings.add(blob, "is nothing that belongs here");
            }
        }
        @Nullable PackReader[] packs = new @Nullable PackReader[names.size()];
        try (Arena mappings = Arena.ofShared()) {
            Workers.run(
                    "quarry-verify",
                    packs.length,
                    threads,
                    cancel,
                    () ->
                            index ->
                                    packs[(int) index] =
                                            openSound(names.get((int) index), mappings));
            checkDocuments();
            checkPieces(packs, listener, cancel);
        } finally {
            close(packs);
        }
        // What is doomed nobody needs, and a collection may delete it any moment.
        Set<String> passedOver = new HashSet<>(unusable);
        passedOver.addAll(ChunkIndex.packBlobs(CollectionState.readForReading(blobs).doomed()));
        ChunkIndex index = ChunkIndex.open(blobs, passedOver);
        return new SoundStore(blobs, index, findings, damaged, unusable, frames, plainBytes);
    }

    /** A pack whose tables hold, or null. */
    private @Nullable PackReader openSound(String blob, Arena mappings) throws IOException {
        PackReader pack = null;
        try {
            pack = PackReader.open(ChunkIndex.packName(blob), blobs, mappings);
            pack.checkFooter();
            new PackTables(pack, frameBytes).check();
            return pack;
        } catch (NoSuchFileException e) {
            // Collected meanwhile.
            return null;
        } catch (StoreException e) {
            note(blob, e);
            if (pack != null) {
                pack.close();
            }
            return null;
        }
    }

    /**
     * Notes damage. What cannot be opened or mapped now, because the system has no more files or
     * mappings to give, is not damaged, and no repair may take it away.
     */
    private synchronized void note(String blob, StoreException e) throws StoreException {
        if (e.kind() != StoreException.Kind.CORRUPT) {
            throw e;
        }
        findings.add(blob, String.valueOf(e.getMessage()));
        unusable.add(blob);
    }

    private List<String> listSegments() throws IOException {
        List<String> segments = new ArrayList<>();
        for (String blob : blobs.list(ChunkIndex.SEGMENTS)) {
            if (blob.endsWith(ChunkIndex.SEGMENT_ENDING)) {
                segments.add(blob);
            } else {
                findings.add(blob, "is nothing that belongs here");
            }
        }
        return segments;
    }

    private void checkSegment(String blob, Map<String, PackReader> packs) throws IOException {
        try (Arena arena = Arena.ofConfined();
                IndexSegment segment = IndexSegment.open(blob, blobs.open(blob), arena)) {
            new IndexChecker(segment, packs).check();
        } catch (NoSuchFileException e) {
            // Merged into another meanwhile.
        } catch (StoreException e) {
            note(blob, e);
        }
    }

    private void checkEnvelope(@Nullable PackReader pack) {
        if (pack == null) {
            return;
        }
        try {
            pack.checkEnvelope();
        } catch (IOException e) {
            // No chunk is damaged by it: a repair copies all of the pack.
            damaged(pack, 0, 0, String.valueOf(e.getMessage()));
        }
    }

    /** The documents of the store itself; those of the catalogue are for the catalogue to check. */
    private void checkDocuments() throws IOException {
        try {
            CollectionState.read(blobs);
        } catch (StoreException e) {
            findings.add(CollectionState.BLOB, String.valueOf(e.getMessage()));
        }
        for (String name : blobs.list(StoreLease.LEASES)) {
            try {
                Optional<BlobStore.Document> lease = blobs.readDocument(name);
                if (lease.isPresent() && LeaseDocument.of(lease.get().bytes()) == null) {
                    findings.add(name, "is no lease");
                }
            } catch (StoreException e) {
                findings.add(name, String.valueOf(e.getMessage()));
            }
        }
    }

    /**
     * A segment is one piece of work, some frames are another, and a pack's digest is one of the
     * last: by then the JVM has SHA-256 compiled.
     */
    private void checkPieces(
            @Nullable PackReader[] packs, ProgressListener listener, CancelToken cancel)
            throws IOException {
        Map<String, PackReader> byName = new HashMap<>();
        long total = 0;
        int[] firstPiece = new int[packs.length + 1];
        for (int i = 0; i < packs.length; i++) {
            PackReader pack = packs[i];
            int count = pack == null || depth.percent() == 0 ? 0 : pack.frames();
            firstPiece[i + 1] = firstPiece[i] + Math.ceilDiv(count, PIECE_FRAMES);
            if (pack != null) {
                byName.put(pack.name(), pack);
                total += TrimmedPack.framesBytes(pack);
            }
        }
        List<String> segments = listSegments();
        ProgressMeter meter = new ProgressMeter(listener, total);
        Workers.run(
                "quarry-verify",
                segments.size() + firstPiece[packs.length] + packs.length,
                threads,
                cancel,
                () -> new PieceWorker(segments, byName, packs, firstPiece, meter));
        if (depth.percent() > 0) {
            meter.finish();
        }
    }

    private synchronized void add(long moreFrames, long moreBytes) {
        frames += moreFrames;
        plainBytes += moreBytes;
    }

    private synchronized void damaged(PackReader pack, int fromChunk, int toChunk, String reason) {
        findings.add(ChunkIndex.packBlob(pack.name()), reason);
        damaged.computeIfAbsent(pack.name(), name -> new BitSet()).set(fromChunk, toChunk);
    }

    private static void close(@Nullable PackReader[] packs) throws IOException {
        List<PackReader> open = new ArrayList<>();
        for (PackReader pack : packs) {
            if (pack != null) {
                open.add(pack);
            }
        }
        Closing.all(open);
    }

    /** One thread's part. */
    private final class PieceWorker implements Workers.Worker {
        private final List<String> segments;
        private final Map<String, PackReader> byName;
        private final @Nullable PackReader[] packs;
        private final int[] firstPiece;
        private final ProgressMeter meter;
        private final FrameReader reader = new FrameReader(frameBytes);
        private final ChunkCheck check = new ChunkCheck(blobs.key());

        PieceWorker(
                List<String> segments,
                Map<String, PackReader> byName,
                @Nullable PackReader[] packs,
                int[] firstPiece,
                ProgressMeter meter) {
            this.segments = segments;
            this.byName = byName;
            this.packs = packs;
            this.firstPiece = firstPiece;
            this.meter = meter;
        }

        @Override
        public void work(long piece) throws IOException {
            int number = (int) piece - segments.size();
            if (number < 0) {
                checkSegment(segments.get((int) piece), byName);
            } else if (number < firstPiece[packs.length]) {
                verifyFrames(number);
            } else {
                checkEnvelope(packs[number - firstPiece[packs.length]]);
            }
        }

        private void verifyFrames(int piece) throws IOException {
            int number = packOf(piece);
            PackReader pack = packs[number];
            if (pack == null) {
                throw new AssertionError("a piece of a pack that is not open");
            }
            int first = (piece - firstPiece[number]) * PIECE_FRAMES;
            int end = Math.min(first + PIECE_FRAMES, pack.frames());
            int chunk = firstChunk(pack, first);
            long hashed = 0;
            long done = 0;
            long stored = 0;
            for (int frame = first; frame < end; frame++) {
                int next = chunk;
                while (next < pack.chunks() && pack.chunkFrame(next) == frame) {
                    next++;
                }
                if (depth.takes(number, frame)) {
                    verify(pack, frame, chunk, next);
                    done++;
                    hashed += pack.framePlainBytes(frame);
                }
                stored += pack.frameStoredBytes(frame);
                chunk = next;
            }
            add(done, hashed);
            meter.add(stored);
        }

        private int packOf(int piece) {
            int low = 0;
            int high = firstPiece.length - 1;
            while (high - low > 1) {
                int middle = (low + high) >>> 1;
                if (firstPiece[middle] <= piece) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        /** Chunks stand in the order of frames. */
        private static int firstChunk(PackReader pack, int frame) {
            int low = 0;
            int high = pack.chunks();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (pack.chunkFrame(middle) < frame) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        private void verify(PackReader pack, int frame, int from, int to) {
            MemorySegment plain;
            try {
                plain =
                        pack.frameKind(frame) == PackLayout.KIND_NODE
                                ? MemorySegment.ofArray(pack.readNode(frame))
                                : reader.read(pack, frame);
            } catch (IOException e) {
                damaged(pack, from, to, String.valueOf(e.getMessage()));
                return;
            }
            for (int chunk = from; chunk < to; chunk++) {
                if (!check.holds(pack, chunk, plain)) {
                    damaged(
                            pack,
                            chunk,
                            chunk + 1,
                            "pack has a chunk that is not what its id says: number "
                                    + chunk
                                    + ", in the frame at 0x"
                                    + Long.toHexString(pack.framePosition(frame)));
                }
            }
        }

        @Override
        public void close() {
            reader.close();
        }
    }

    /** Compares chunks with their ids; for one thread. */
    static final class ChunkCheck {
        private final BlockHasher hasher;
        private byte[] digests = new byte[64 * Grid.DIGEST_BYTES];
        private final byte[] id = new byte[Grid.DIGEST_BYTES];

        /**
         * @param key of an encrypted store, or null
         */
        ChunkCheck(@Nullable StoreKey key) {
            this.hasher = new BlockHasher(key);
        }

        /**
         * @param plain bytes of the chunk's frame
         */
        boolean holds(PackReader pack, int chunk, MemorySegment plain) {
            int offset = pack.chunkOffset(chunk);
            int length = pack.chunkLength(chunk);
            byte[] actual =
                    pack.frameKind(pack.chunkFrame(chunk)) == PackLayout.KIND_NODE
                            ? nodeId(plain)
                            : idOf(plain, offset, length);
            return pack.hasId(chunk, actual);
        }

        private byte[] nodeId(MemorySegment plain) {
            return hasher.nodeId(plain.toArray(ValueLayout.JAVA_BYTE));
        }

        /** The id of a data chunk; the array is used again. */
        byte[] idOf(MemorySegment plain, long offset, int length) {
            int blocks = length / Grid.BLOCK_BYTES;
            if (digests.length < blocks * Grid.DIGEST_BYTES) {
                digests = new byte[blocks * Grid.DIGEST_BYTES];
            }
            for (int block = 0; block < blocks; block++) {
                hasher.hashBlock(
                        plain,
                        offset + (long) block * Grid.BLOCK_BYTES,
                        digests,
                        block * Grid.DIGEST_BYTES);
            }
            hasher.chunkId(digests, 0, blocks, id);
            return id;
        }
    }
}
