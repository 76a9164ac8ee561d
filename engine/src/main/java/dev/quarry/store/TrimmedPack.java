package dev.quarry.store;

import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * A pack that stands on the frames of another, of which it has a part. It is a way to free what
 * nothing needs without writing what is needed anew: the file that has the frames gets the new
 * pack's name beside its own, and when the old pack is gone, holes are punched where the frames
 * were that the new one does not have. Until then both packs are whole.
 */
final class TrimmedPack {

    static final String FRAMES_ENDING = ".frames";

    /** File systems give back whole blocks; nearly all have blocks of this size. */
    private static final int BLOCK_BYTES = 4096;

    /** What a trimmed pack takes beyond its frames is at most this part of them. */
    private static final int WASTE_PART = 4;

    private TrimmedPack() {}

    /** Name of the blob that has the frames of a trimmed pack. */
    static String framesBlob(String name) {
        String pack = ChunkIndex.packBlob(name);
        return pack.substring(0, pack.length() - ChunkIndex.PACK_ENDING.length()) + FRAMES_ENDING;
    }

    /** Name of the blob that has the frames of any pack. */
    static String framesOf(PackReader pack) {
        return pack.isTrimmed() ? framesBlob(pack.name()) : ChunkIndex.packBlob(pack.name());
    }

    /** Bytes that the frames of a pack take together; of an untrimmed one, also its header. */
    static long framesBytes(PackReader pack) {
        if (!pack.isTrimmed()) {
            return pack.framesEnd();
        }
        long bytes = 0;
        for (int frame = 0; frame < pack.frames(); frame++) {
            bytes += pack.frameStoredBytes(frame);
        }
        return bytes;
    }

    /**
     * What is left of a pack if frames are taken out of it.
     *
     * @param frames numbers of those that stay
     * @param chunks that these have
     * @param size of the trimmed pack, as {@link PackReader#size}
     */
    record Plan(PackReader pack, BitSet frames, int chunks, long size) {

        /** Bytes that the store takes less. */
        long freedBytes() {
            return pack.size() - size;
        }
    }

    /**
     * Plans to trim a pack, or gives null where it is better written anew: because too much that is
     * not needed lies in frames that are, or in blocks of the file that they share, or because
     * little is left.
     *
     * @param isLive whether a chunk of it is needed
     * @param liveRatio as of the {@link Collector}: what is left reaches it
     * @param bytesMin that the frames that stay must take
     */
    static @Nullable Plan plan(
            PackReader pack, IntPredicate isLive, double liveRatio, long bytesMin) {
        BitSet frames = new BitSet(pack.frames());
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            if (isLive.test(chunk)) {
                frames.set(pack.chunkFrame(chunk));
            }
        }
        long needed = 0;
        long kept = 0;
        int chunks = 0;
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            if (frames.get(pack.chunkFrame(chunk))) {
                kept += pack.chunkLength(chunk);
                needed += isLive.test(chunk) ? pack.chunkLength(chunk) : 0;
                chunks++;
            }
        }
        long stored = 0;
        for (int frame = frames.nextSetBit(0); frame >= 0; frame = frames.nextSetBit(frame + 1)) {
            stored += pack.frameStoredBytes(frame);
        }
        long taken = takenBytes(gaps(pack, frames), pack.fileBytes());
        long tables =
                PackLayout.TRIMMED_HEADER_BYTES
                        + (long) frames.cardinality() * PackLayout.FRAME_ENTRY_BYTES
                        + (long) chunks * PackLayout.CHUNK_ENTRY_BYTES
                        + PackLayout.TRAILER_BYTES;
        return stored < bytesMin
                        || needed < kept * liveRatio
                        || taken > stored + stored / WASTE_PART
                ? null
                : new Plan(pack, frames, chunks, tables + taken);
    }

    /**
     * Makes a trimmed pack.
     *
     * @param lease of the collector that makes it: the pack is published only as long as it is held
     */
    static void make(Plan plan, BlobStore blobs, StoreLease lease, ChunkSession session)
            throws IOException {
        PackReader pack = plan.pack();
        String name = ChunkSession.newName();
        BlobWriter tables = blobs.newBlob();
        try {
            write(plan, tables);
            tables.seal();
            PackReader reader =
                    PackReader.openTrimmed(
                            name, tables.open(), framesOf(pack), blobs, session.arena());
            session.add(new Publication(blobs, tables, framesOf(pack), name, lease), reader);
        } catch (IOException | RuntimeException e) {
            tables.close();
            throw e;
        }
    }

    private static void write(Plan plan, BlobWriter tables) throws IOException {
        PackReader pack = plan.pack();
        ByteBuffer header =
                ByteBuffer.allocate(PackLayout.TRIMMED_HEADER_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(PackLayout.TRIMMED_HEADER_MAGIC)
                        .put(HexFormat.of().parseHex(pack.origin()));
        MemorySegment bytes = MemorySegment.ofArray(header.array());
        header.putInt(Checksum.of(bytes.asSlice(0, PackLayout.TRIMMED_CRC)));
        tables.write(0, bytes);
        byte[] frames = new byte[plan.frames().cardinality() * PackLayout.FRAME_ENTRY_BYTES];
        byte[] chunks = new byte[plan.chunks() * PackLayout.CHUNK_ENTRY_BYTES];
        ByteBuffer chunkTable = ByteBuffer.wrap(chunks).order(ByteOrder.LITTLE_ENDIAN);
        int[] numbers = new int[pack.frames()];
        int frameCount = 0;
        for (int frame = 0; frame < numbers.length; frame++) {
            if (plan.frames().get(frame)) {
                pack.copyFrame(frame, frames, frameCount * PackLayout.FRAME_ENTRY_BYTES);
                numbers[frame] = frameCount++;
            }
        }
        int at = 0;
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            int frame = pack.chunkFrame(chunk);
            if (plan.frames().get(frame)) {
                pack.copyChunk(chunk, chunks, at);
                chunkTable.putInt(at + PackLayout.CHUNK_FRAME, numbers[frame]);
                at += PackLayout.CHUNK_ENTRY_BYTES;
            }
        }
        long end =
                PackFooter.write(
                        tables,
                        PackLayout.TRIMMED_HEADER_BYTES,
                        new PackFooter.Table(frames, frames.length, frameCount),
                        new PackFooter.Table(chunks, chunks.length, plan.chunks()),
                        PackLayout.TRIMMED_TRAILER_MAGIC);
        if (end + takenBytes(gaps(pack, plan.frames()), pack.fileBytes()) != plan.size()) {
            throw new AssertionError("a trimmed pack is not as it was planned");
        }
    }

    /**
     * The tables of a trimmed pack before they are published. The frames get their second name
     * first; a crash between leaves one that {@link #release} removes. Tables without frames cannot
     * come about: a collector whose lease was revoked, and whose frames another may have removed
     * since, publishes no tables any more.
     */
    private record Publication(
            BlobStore blobs, BlobWriter tables, String frames, String pack, StoreLease lease)
            implements BlobWriter {

        @Override
        public void write(long position, MemorySegment source) throws IOException {
            tables.write(position, source);
        }

        @Override
        public void seal() throws IOException {
            tables.seal();
        }

        @Override
        public Blob open() throws IOException {
            return tables.open();
        }

        @Override
        public void publish(String name) throws IOException {
            place(name);
            blobs.settle(List.of(name));
        }

        @Override
        public void place(String name) throws IOException {
            blobs.share(frames, framesBlob(pack));
            if (!blobs.placeIf(tables, name, lease::isUnrevoked)) {
                throw StoreLease.expired();
            }
        }

        @Override
        public void close() throws IOException {
            tables.close();
        }
    }

    /**
     * Gives back what trimmed packs do not need of their frames' files, once the packs that these
     * come from are gone; and removes frames that have no tables.
     *
     * @param doomed names of packs that are deleted, and never come again
     * @param lease of the collector that does it
     */
    static void release(BlobStore blobs, Set<String> doomed, StoreLease lease) throws IOException {
        Set<String> packs = new HashSet<>();
        Set<String> frames = new TreeSet<>();
        for (String blob : blobs.list(ChunkIndex.PACKS)) {
            if (blob.endsWith(FRAMES_ENDING)) {
                frames.add(packOf(blob));
            } else {
                packs.add(blob);
            }
        }
        List<String> gone = new ArrayList<>();
        List<String> trimmed = new ArrayList<>();
        for (String pack : frames) {
            String name = ChunkIndex.packName(pack);
            if (packs.contains(pack)) {
                trimmed.add(name);
            } else if (doomed.contains(name)) {
                gone.add(framesBlob(name));
            } else {
                // Of a collector that died. One that was only stopped publishes no tables any more:
                // unless this one was stopped, too, and its own lease revoked.
                blobs.deleteIf(
                        framesBlob(name), () -> lease.isUnrevoked() && blobs.list(pack).isEmpty());
            }
        }
        blobs.deleteAll(gone);
        Workers.run(
                "quarry-trim",
                trimmed.size(),
                Workers.defaultThreads(),
                new CancelToken(),
                () -> index -> discardGaps(blobs, trimmed.get((int) index)));
    }

    private static String packOf(String frames) {
        return frames.substring(0, frames.length() - FRAMES_ENDING.length())
                + ChunkIndex.PACK_ENDING;
    }

    private static void discardGaps(BlobStore blobs, String name) throws IOException {
        try (Arena arena = Arena.ofConfined();
                PackReader pack = PackReader.open(name, blobs, arena)) {
            pack.checkFooter();
            List<BlobStore.Range> gaps = gaps(pack);
            blobs.discard(framesBlob(name), takenBytes(gaps, pack.fileBytes()), gaps);
        } catch (NoSuchFileException e) {
            // Another collector was faster.
        } catch (StoreException e) {
            // Damaged: nobody knows what it needs.
        }
    }

    /**
     * The whole blocks of the frames' file in which a trimmed pack has no frame, in their order.
     */
    static List<BlobStore.Range> gaps(PackReader pack) {
        BitSet all = new BitSet();
        all.set(0, pack.frames());
        return gaps(pack, all);
    }

    /**
     * @param frames that stay
     */
    private static List<BlobStore.Range> gaps(PackReader pack, BitSet frames) {
        List<BlobStore.Range> gaps = new ArrayList<>();
        long behind = 0;
        for (int frame = frames.nextSetBit(0); frame >= 0; frame = frames.nextSetBit(frame + 1)) {
            addGap(behind, pack.framePosition(frame) & -BLOCK_BYTES, gaps);
            behind = pack.framePosition(frame) + pack.frameStoredBytes(frame);
        }
        addGap(behind, pack.fileBytes(), gaps);
        return gaps;
    }

    private static void addGap(long behind, long end, List<BlobStore.Range> gaps) {
        long position = (behind + BLOCK_BYTES - 1) & -BLOCK_BYTES;
        if (position < end) {
            gaps.add(new BlobStore.Range(position, end));
        }
    }

    /** Bytes that the frames of a trimmed pack take, with what shares blocks with them. */
    static long takenBytes(PackReader pack) {
        return takenBytes(gaps(pack), pack.fileBytes());
    }

    /** Bytes that are left of a file. */
    private static long takenBytes(List<BlobStore.Range> gaps, long fileBytes) {
        long bytes = fileBytes;
        for (BlobStore.Range gap : gaps) {
            bytes -= gap.bytes();
        }
        return bytes;
    }
}
