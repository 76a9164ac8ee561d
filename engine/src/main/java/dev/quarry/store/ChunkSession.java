package dev.quarry.store;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Codec;
import dev.quarry.hash.Hash;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Adds chunks and nodes to a store. Nothing is visible before {@link #commit}; closing without it
 * leaves the store as it was. Thread-safe, except that {@link #commit} and {@link #close} are
 * called by one thread when the others are done.
 *
 * <p>A thread first {@linkplain #claim claims} an id. Exactly one caller is told that it is new,
 * and must then add the chunk's bytes through its {@link FrameBuilder}.
 */
public final class ChunkSession implements FrameSink, Closeable {

    /**
     * When packs and index segments are ended.
     *
     * @param packBytes a pack that has so many is full
     * @param recentChunks the session keeps so many ids in memory before it writes an index segment
     */
    record Limits(long packBytes, int recentChunks) {

        /**
         * Packs large enough that a store of 10 TB has 80,000 files, small enough that rewriting
         * one is a matter of a second. The ids are about 32 MB, and stand for 4 GiB of new data at
         * the usual chunk size.
         */
        static final Limits USUAL = new Limits(128L << 20, 1 << 18);

        /** For who ends packs himself. */
        static final Limits NONE = new Limits(Long.MAX_VALUE, Integer.MAX_VALUE);

        /**
         * Chunks of a pack that is full, however little they take: its tables, some 13 MB, are on
         * the heap until it is sealed.
         */
        static final int PACK_CHUNKS = 1 << 18;

        boolean isFull(long position, int chunks) {
            return position >= packBytes || chunks >= PACK_CHUNKS;
        }
    }

    private static final SecureRandom RANDOM = new SecureRandom();

    private final BlobStore blobs;
    private final ChunkIndex index;
    private final StoreProperties properties;
    private final Limits limits;
    private final ChunkIndex.@Nullable Exclusion exclusion;
    private final @Nullable Guard guard;

    /** Closed with the session, or null. */
    private final @Nullable Closeable owned;

    private final RecentIds recent = new RecentIds();

    /** Counts what a rehearsal would write; null where it is in earnest. */
    private final @Nullable CountingSink rehearsal;

    private @Nullable Loading loading;

    /** What the session itself has sealed and nobody else may refer to before it is published. */
    private volatile ChunkIndex own;

    /** What {@link #own} was made of, to be handed on. */
    private final List<Sealed> sealed = new ArrayList<>();

    private record Sealed(List<PackReader> packs, IndexSegment segment) {}

    private final List<BlobWriter> sealedPacks = new ArrayList<>();
    private final List<String> sealedNames = new ArrayList<>();
    private final List<PackReader> unindexed = new ArrayList<>();
    private final List<BlobWriter> segments = new ArrayList<>();
    private @Nullable PackBuilder current;

    /**
     * By name, packs that are full and not sealed yet: some thread is still writing a frame of
     * them.
     */
    private final Map<String, PackBuilder> full = new HashMap<>();

    private int recentChunks;
    private long newChunks;
    private long newNodes;
    private long newNodeBytes;
    private long newPlainBytes;
    private long storedBytes;

    /**
     * The lease under which a session runs.
     *
     * @param lease checked before anything is published
     * @param owned closed with the session
     */
    record Guard(StoreLease lease, Closeable owned) {}

    /**
     * @param exclusion passes over packs that are not to be referred to, or null
     * @param guard null for who needs no lease: a collector
     */
    ChunkSession(
            BlobStore blobs,
            ChunkIndex index,
            ChunkIndex.@Nullable Exclusion exclusion,
            StoreProperties properties,
            Limits limits,
            @Nullable Guard guard) {
        this(
                blobs,
                index,
                exclusion,
                properties,
                limits,
                guard,
                guard == null ? null : guard.owned(),
                null);
        // A collector knows later whether it writes frames.
        loading = guard == null ? null : load();
    }

    /**
     * Begins to load what a session writes with. Chronicle Bytes takes 70 to 400 ms, and the first
     * pack needs it: so that goes beside the first reads, or, where a command calls this before it
     * opens its store, beside that.
     */
    public static Loading load() {
        return new Loading();
    }

    /**
     * A thread that loads. Closing waits for it: Chronicle prints stack traces when it is loaded
     * while the JVM ends.
     */
    public static final class Loading implements AutoCloseable {

        private final Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("quarry-load")
                        // What cannot be loaded fails again where it is needed.
                        .uncaughtExceptionHandler((_, _) -> {})
                        .start(() -> {
                            Hash.load();
                            Codec.load();
                            ElasticBytes.load();
                        });

        private Loading() {}

        @Override
        public void close() {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * A session that says what it would write. Its ids are kept in memory to its end.
     *
     * @param use becomes the session's
     */
    static ChunkSession rehearsal(BlobStore blobs, ChunkIndex.Use use, StoreProperties properties) {
        Limits limits = Limits.USUAL;
        return new ChunkSession(
                blobs,
                use.index(),
                null,
                properties,
                limits,
                null,
                use,
                new CountingSink(limits, blobs.key()));
    }

    private ChunkSession(
            BlobStore blobs,
            ChunkIndex index,
            ChunkIndex.@Nullable Exclusion exclusion,
            StoreProperties properties,
            Limits limits,
            @Nullable Guard guard,
            @Nullable Closeable owned,
            @Nullable CountingSink rehearsal) {
        this.rehearsal = rehearsal;
        this.owned = owned;
        this.exclusion = exclusion;
        this.guard = guard;
        this.blobs = blobs;
        this.index = index;
        this.properties = properties;
        this.limits = limits;
        this.own = ChunkIndex.empty(blobs);
    }

    /** Of the store, if it is encrypted. */
    @Nullable StoreKey key() {
        return blobs.key();
    }

    /** A frame builder for one thread; closed by it. */
    public FrameBuilder newFrameBuilder() {
        return new FrameBuilder(this, properties);
    }

    /**
     * Asks whether the store has a chunk, and claims it if not.
     *
     * @param id 32 bytes; not kept
     * @return true if the chunk is new: the caller must add it
     */
    public boolean claim(byte[] id) throws IOException {
        return claim(id, PackLayout.KIND_DATA);
    }

    /**
     * Whether the store has a chunk of that length that the session may refer to without claiming
     * it.
     *
     * @param id 32 bytes; not kept
     */
    public boolean mayReferTo(byte[] id, int bytes) throws IOException {
        long location = index.find(id, PackLayout.KIND_DATA, exclusion);
        return location != ChunkIndex.NOWHERE
                && index.checkedPack(ChunkIndex.slotOf(location))
                                .chunkLength(ChunkIndex.chunkOf(location))
                        == bytes;
    }

    private boolean claim(byte[] id, int kind) throws IOException {
        return index.find(id, kind, exclusion) == ChunkIndex.NOWHERE
                && own.find(id, kind) == ChunkIndex.NOWHERE
                && (rehearsal == null ? recent.add(id) : rehearsal.claim(id));
    }

    /**
     * Stores a node.
     *
     * @param node its bytes, at most 1 MiB
     * @return its id: the SHA-256 of the bytes, keyed where the store is encrypted
     */
    public byte[] putNode(byte[] node) throws IOException {
        if (node.length > ChunkStore.NODE_BYTES_MAX) {
            throw new IllegalArgumentException("node of " + node.length + " bytes");
        }
        byte[] id = new BlockHasher(blobs.key()).nodeId(node);
        if (claim(id, PackLayout.KIND_NODE)) {
            MemorySegment memory = MemorySegment.ofArray(node);
            int crc = Checksum.of(memory);
            append(
                    new EncodedFrame(
                            memory,
                            node.length,
                            crc,
                            Codec.NONE,
                            PackLayout.KIND_NODE,
                            id,
                            new int[] {0, node.length},
                            1));
        }
        return id;
    }

    @Override
    public void append(EncodedFrame frame) throws IOException {
        PackBuilder pack;
        PackBuilder.Place place;
        synchronized (this) {
            if (rehearsal != null) {
                rehearsal.append(frame);
                count(frame);
                storedBytes = rehearsal.bytes();
                return;
            }
            pack = current;
            if (pack == null) {
                pack = newPack();
                current = pack;
            }
            place = pack.reserve(frame);
            count(frame);
            if (limits.isFull(pack.position(), pack.chunkCount())) {
                // The thread that writes the pack's last frame seals it, outside of this lock.
                current = null;
                full.put(pack.name(), pack);
            }
        }
        int crc = pack.write(place, frame);
        boolean last;
        synchronized (this) {
            pack.written(place, crc);
            last = pack != current && pack.isIdle();
        }
        if (last) {
            seal(pack);
        }
    }

    private PackBuilder newPack() throws IOException {
        return new PackBuilder(newName(), blobs.newBlob(), blobs.key());
    }

    /** A name that no pack has had. */
    static String newName() {
        byte[] name = new byte[IndexLayout.PACK_NAME_BYTES];
        RANDOM.nextBytes(name);
        return HexFormat.of().formatHex(name);
    }

    /** Open as long as the packs are that the session has sealed. */
    Arena arena() {
        return index.arena();
    }

    /** Begins a pack that the calling thread alone fills; the caller closes it. */
    PackLane newLane() throws IOException {
        return new PackLane(this, newPack());
    }

    private void count(EncodedFrame frame) {
        newChunks += frame.chunkCount();
        if (frame.kind() == PackLayout.KIND_NODE) {
            newNodes++;
            newNodeBytes += frame.plainBytes();
        }
        newPlainBytes += frame.plainBytes();
    }

    /** Makes a full pack one of the session's. */
    void seal(PackBuilder pack) throws IOException {
        pack.seal();
        PackReader reader =
                PackReader.open(pack.name(), pack.blob().open(), blobs.key(), index.arena());
        synchronized (this) {
            full.remove(pack.name());
            storedBytes += pack.position();
            add(pack.blob(), reader);
        }
    }

    /**
     * Makes a sealed pack one of the session's.
     *
     * @param blob of it; becomes the session's, and so does the reader
     */
    synchronized void add(BlobWriter blob, PackReader reader) throws IOException {
        sealedPacks.add(blob);
        sealedNames.add(reader.name());
        unindexed.add(reader);
        recentChunks += reader.chunks();
        if (recentChunks >= limits.recentChunks()) {
            spill();
        }
    }

    /** Moves what is known of the sealed packs from memory into an index segment. */
    private void spill() throws IOException {
        BlobWriter writer = IndexBuilder.write(blobs, IndexBuilder.ofPacks(unindexed));
        segments.add(writer);
        Sealed batch =
                new Sealed(
                        List.copyOf(unindexed),
                        IndexSegment.open("(new)", writer.open(), index.arena()));
        unindexed.clear();
        own.add(batch.packs(), batch.segment());
        sealed.add(batch);
        recentChunks = 0;
        // Chunks of packs that are being written are forgotten too: one that comes again is stored
        // twice, which is allowed and rare.
        recent.clear();
    }

    /**
     * Makes everything that was added part of the store, durably: packs first, then the index.
     * After a rehearsal there is nothing to do.
     */
    public synchronized void commit() throws IOException {
        if (rehearsal != null) {
            return;
        }
        if (!full.isEmpty()) {
            throw new AssertionError("commit while a pack is being sealed");
        }
        PackBuilder pack = current;
        if (pack != null) {
            current = null;
            full.put(pack.name(), pack);
            seal(pack);
        }
        if (!unindexed.isEmpty()) {
            spill();
        }
        if (guard != null) {
            guard.lease().check();
        }
        List<String> placed = new ArrayList<>();
        for (int i = 0; i < sealedPacks.size(); i++) {
            placed.add(ChunkIndex.packBlob(sealedNames.get(i)));
            sealedPacks.get(i).place(placed.getLast());
            sealedPacks.get(i).close();
        }
        blobs.settle(placed);
        sealedPacks.clear();
        sealedNames.clear();
        for (BlobWriter segment : segments) {
            segment.publish(ChunkIndex.newSegmentName());
            segment.close();
        }
        boolean grew = !segments.isEmpty();
        segments.clear();
        for (Sealed batch : sealed) {
            index.add(batch.packs(), batch.segment());
        }
        sealed.clear();
        own = ChunkIndex.empty(blobs);
        if (grew) {
            try {
                ChunkIndex.mergeSegments(blobs);
            } catch (IOException e) {
                // Everything is published, and found in more segments: the next commit merges them.
            }
        }
    }

    /** Chunks and nodes that the store did not have. */
    public synchronized long newChunks() {
        return newChunks;
    }

    /** How many of these are nodes. */
    public synchronized long newNodes() {
        return newNodes;
    }

    /** Bytes of these nodes. */
    public synchronized long newNodeBytes() {
        return newNodeBytes;
    }

    /** Plain bytes of chunks and nodes. */
    public synchronized long newPlainBytes() {
        return newPlainBytes;
    }

    /** Bytes of the packs written; complete after {@link #commit}. */
    public synchronized long storedBytes() {
        return storedBytes;
    }

    @Override
    public synchronized void close() throws IOException {
        if (loading != null) {
            loading.close();
        }
        List<Closeable> all = new ArrayList<>();
        if (current != null) {
            all.add(current);
        }
        all.addAll(full.values());
        all.addAll(unindexed);
        all.add(own);
        all.addAll(sealedPacks);
        all.addAll(segments);
        if (owned != null) {
            all.add(owned);
        }
        Closing.all(all);
        current = null;
        full.clear();
        unindexed.clear();
        sealed.clear();
        own = ChunkIndex.empty(blobs);
        sealedPacks.clear();
        sealedNames.clear();
        segments.clear();
    }
}
