package dev.quarry.store;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Cutter;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.secret.KeySource;
import dev.quarry.secret.KeyWrap;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

import javax.crypto.AEADBadTagException;

/**
 * Chunks and nodes by their ids, in packs on a {@link BlobStore}. Thread-safe except for {@link
 * #close}; several processes may use one store.
 */
public final class ChunkStore implements Closeable {

    /** Name of the document that makes a folder a store. */
    public static final String PROPERTIES = "quarry-store.json";

    /** Folder of what was taken out of use because it is damaged. */
    public static final String QUARANTINE = "quarantine/";

    /** Bytes of a node at most. */
    public static final int NODE_BYTES_MAX = 1 << 20;

    private final BlobStore blobs;
    private final StoreProperties properties;
    private volatile ChunkIndex index;

    /** Those that somebody may use still. */
    private final List<ChunkIndex> outdated = new ArrayList<>();

    private final LeaseTiming timing;

    /** As they were given: without checksums or encryption of documents. */
    private final BlobStore stored;

    private ChunkStore(
            BlobStore stored,
            BlobStore blobs,
            StoreProperties properties,
            ChunkIndex index,
            LeaseTiming timing) {
        this.stored = stored;
        this.timing = timing;
        this.blobs = blobs;
        this.properties = properties;
        this.index = index;
    }

    /**
     * Makes a store.
     *
     * @param blobs where it is kept; stays the caller's
     * @throws BlobConflictException if there is one already
     */
    public static ChunkStore create(BlobStore blobs, StoreProperties properties)
            throws IOException {
        return create(blobs, properties, null);
    }

    /**
     * Makes a store.
     *
     * @param source what will open it, if it is to be encrypted; or null
     */
    public static ChunkStore create(
            BlobStore blobs, StoreProperties properties, @Nullable KeySource source)
            throws IOException {
        KeyWrap wrap =
                source == null ? null : KeyWrap.of(StoreKey.random(), source, KeyWrap.Cost.USUAL);
        new PropertiesDocument(properties, wrap).create(blobs);
        return open(blobs, LeaseTiming.USUAL, source);
    }

    /**
     * Opens a store.
     *
     * @param blobs where it is kept; stays the caller's
     * @throws StoreException of kind NOT_FOUND, VERSION, LOCKED or CORRUPT
     */
    public static ChunkStore open(BlobStore blobs) throws IOException {
        return open(blobs, LeaseTiming.USUAL);
    }

    /**
     * Opens a store.
     *
     * @param timing of its leases; the same in all processes that use the store
     */
    public static ChunkStore open(BlobStore blobs, LeaseTiming timing) throws IOException {
        return open(blobs, timing, null);
    }

    /**
     * Opens a store.
     *
     * @param source what opens it if it is encrypted, and null if it is not: whoever has a key
     *     expects that nothing is written without it
     */
    public static ChunkStore open(BlobStore blobs, LeaseTiming timing, @Nullable KeySource source)
            throws IOException {
        PropertiesDocument document = PropertiesDocument.read(blobs);
        KeyWrap wrap = document.wrap();
        if (wrap == null && source != null) {
            throw new StoreException(
                    StoreException.Kind.LOCKED,
                    "a key was given, and the store is not encrypted: " + blobs.name());
        }
        BlobStore whole =
                wrap == null
                        ? new CheckedBlobStore(blobs)
                        : new EncryptedBlobStore(blobs, unlock(wrap, source, blobs.name()));
        Set<String> doomed = CollectionState.readForReading(whole).doomed();
        ChunkIndex index = ChunkIndex.open(whole, ChunkIndex.packBlobs(doomed));
        return new ChunkStore(blobs, whole, document.properties(), index, timing);
    }

    /**
     * Lets another passphrase or key file open an encrypted store, and the present one no longer.
     * Only the wrapped key changes: a copy of the store from before is still opened by the old one.
     *
     * @throws BlobConflictException if somebody else has changed it meanwhile; nothing was changed
     */
    public static void changeKey(BlobStore blobs, KeySource present, KeySource next)
            throws IOException {
        PropertiesDocument.Stored stored = PropertiesDocument.readStored(blobs);
        KeyWrap wrap = stored.document().wrap();
        if (wrap == null) {
            throw new StoreException(
                    StoreException.Kind.LOCKED, "the store is not encrypted: " + blobs.name());
        }
        StoreKey key = unlock(wrap, present, blobs.name());
        stored.document()
                .withWrap(KeyWrap.of(key, next, KeyWrap.Cost.USUAL))
                .replace(blobs, stored.version());
    }

    private static StoreKey unlock(KeyWrap wrap, @Nullable KeySource source, String where)
            throws StoreException {
        if (source == null) {
            throw new StoreException(
                    StoreException.Kind.LOCKED,
                    "the store is encrypted, and no " + word(wrap.kind()) + " was given: " + where);
        }
        if (wrap.kind() != source.kind()) {
            throw new StoreException(
                    StoreException.Kind.LOCKED,
                    "the store is opened by a "
                            + word(wrap.kind())
                            + ", and a "
                            + word(source.kind())
                            + " was given: "
                            + where);
        }
        try {
            return wrap.open(source);
        } catch (AEADBadTagException e) {
            throw new StoreException(
                    StoreException.Kind.LOCKED,
                    "the store's " + word(wrap.kind()) + " is another one: " + where,
                    e);
        }
    }

    private static String word(KeySource.Kind kind) {
        return kind == KeySource.Kind.PASSPHRASE ? "passphrase" : "key file";
    }

    /** Whether the store that is kept there is encrypted. */
    public static boolean isEncrypted(BlobStore blobs) throws IOException {
        return PropertiesDocument.read(blobs).wrap() != null;
    }

    /** Whether the store is encrypted. */
    public boolean isEncrypted() {
        return blobs.key() != null;
    }

    /** Hashes for this store; for one thread. */
    public BlockHasher newHasher() {
        return new BlockHasher(blobs.key());
    }

    /** Cuts as this store does. */
    public Cutter newCutter() {
        return new Cutter(properties.cutter(), blobs.key());
    }

    /** Whether two stores give the same content the same id. */
    public boolean sharesKey(ChunkStore other) {
        StoreKey own = blobs.key();
        StoreKey others = other.blobs.key();
        return own == null ? others == null : others != null && own.isSame(others);
    }

    /** Whether two stores cut disks alike and give chunks and nodes the same ids. */
    public boolean namesAs(ChunkStore other) {
        return properties.cutter().equals(other.properties.cutter()) && sharesKey(other);
    }

    public StoreProperties properties() {
        return properties;
    }

    /**
     * Tells collectors that an operation begins; the caller closes it when the operation is over.
     */
    public StoreLease lease(StoreLease.Kind kind) throws IOException {
        return StoreLease.acquire(blobs, kind, timing);
    }

    /**
     * Tells collectors that reading begins, where the store can be written. One that may only be
     * read, or has no room, is read without a lease: there, a collection of somebody else can make
     * the reading fail.
     *
     * @return what the caller closes when it has read, or null
     */
    public @Nullable StoreLease readerLease() throws StoreException {
        try {
            return lease(StoreLease.Kind.READER);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Tells collectors that one more is at work, and waits for those that are dead; the caller
     * closes it. Until then no other collector begins.
     *
     * @throws StoreException of kind BUSY if another collector is alive
     */
    public StoreLease leaseAlone(CancelToken cancel) throws IOException {
        StoreLease lease = lease(StoreLease.Kind.COLLECTOR);
        try {
            new LeaseWatch(blobs, timing, lease).requireAlone(cancel);
            return lease;
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /**
     * Begins to add chunks, under a lease of its own that ends with the session. What is to refer
     * to these chunks must be there before that, unless the caller holds a lease itself.
     */
    public ChunkSession begin() throws IOException {
        return begin(ChunkSession.Limits.USUAL);
    }

    ChunkSession begin(ChunkSession.Limits limits) throws IOException {
        StoreLease lease = lease(StoreLease.Kind.WRITER);
        try {
            return begin(lease, limits, lease);
        } catch (IOException | RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /**
     * Begins to add chunks. What other processes have published until now counts as known.
     *
     * @param lease a writer's; stays the caller's
     */
    public ChunkSession begin(StoreLease lease) throws IOException {
        return begin(lease, ChunkSession.Limits.USUAL, null);
    }

    private synchronized ChunkSession begin(
            StoreLease lease, ChunkSession.Limits limits, @Nullable StoreLease owned)
            throws IOException {
        if (lease.kind() != StoreLease.Kind.WRITER) {
            throw new IllegalArgumentException("a " + lease.kind() + " adds no chunks");
        }
        refresh(lease.doomed());
        ChunkIndex.Use use = use();
        try {
            ChunkIndex now = use.index();
            return new ChunkSession(
                    blobs,
                    now,
                    lease.condemned().isEmpty() ? null : now.excluding(lease.condemned()),
                    properties,
                    limits,
                    new ChunkSession.Guard(
                            lease,
                            () -> Closing.all(owned == null ? List.of(use) : List.of(use, owned))));
        } catch (RuntimeException e) {
            use.close();
            throw e;
        }
    }

    /**
     * Begins to add chunks that are counted and not kept: a rehearsal. It holds no lease; the
     * caller keeps collectors away.
     */
    public ChunkSession rehearse() throws IOException {
        return ChunkSession.rehearsal(blobs, use(), properties);
    }

    /** The index as it is now, open at least until the caller closes this. */
    private ChunkIndex.Use use() {
        while (true) {
            ChunkIndex now = index;
            ChunkIndex.Use use = now.use();
            if (use != null) {
                return use;
            }
            if (now == index) {
                throw new IllegalStateException("the store is closed: " + blobs.name());
            }
        }
    }

    /** Sees what other processes have published or deleted since the store was opened. */
    public void refresh() throws IOException {
        refresh(CollectionState.readForReading(blobs).doomed());
    }

    private synchronized void refresh(Set<String> doomed) throws IOException {
        if (!index.isCurrent(doomed)) {
            ChunkIndex fresh = ChunkIndex.open(blobs, ChunkIndex.packBlobs(doomed));
            ChunkIndex old = index;
            index = fresh;
            outdated.add(old);
            old.release();
            outdated.removeIf(ChunkIndex::isClosed);
        }
    }

    /**
     * What the store keeps, with every document checked when it is read. Closing it is left to whom
     * the store's blobs belong to.
     */
    public BlobStore blobs() {
        return blobs;
    }

    /** Refuses the store to programs that do not know {@linkplain TrimmedPack trimmed packs}. */
    void requireTrimming() throws IOException {
        PropertiesDocument.upgrade(stored);
    }

    LeaseTiming timing() {
        return timing;
    }

    /**
     * Reads a node.
     *
     * @param id 32 bytes
     * @return its bytes, compared with their checksum
     * @throws StoreException of kind MISSING or CORRUPT
     */
    public byte[] readNode(byte[] id) throws IOException {
        try (ChunkIndex.Use use = use()) {
            ChunkIndex now = use.index();
            long location = now.find(id, PackLayout.KIND_NODE);
            if (location == ChunkIndex.NOWHERE) {
                throw missing("node", id);
            }
            PackReader pack = now.checkedPack(ChunkIndex.slotOf(location));
            return pack.readNode(pack.chunkFrame(ChunkIndex.chunkOf(location)));
        }
    }

    /**
     * Locations of chunks, as one moment of the store knows them. As long as it is not closed, the
     * files that it knows stay open, whatever becomes of them; closing the store closes it, too.
     */
    public final class Reading implements Closeable {

        private final ChunkIndex.Use use;
        private final ChunkIndex index;

        /** Ordinal of each pack's first chunk; made when it is first asked for. */
        private long[] firstOrdinals = {};

        private Reading(ChunkIndex.Use use) {
            this.use = use;
            this.index = use.index();
        }

        /**
         * Where a chunk is.
         *
         * @param id 32 bytes
         * @throws StoreException of kind MISSING
         */
        public long locate(byte[] id) throws IOException {
            long location = index.find(id, PackLayout.KIND_DATA);
            if (location == ChunkIndex.NOWHERE) {
                throw missing("chunk", id);
            }
            return location;
        }

        /**
         * Where a node is.
         *
         * @param id 32 bytes
         * @throws StoreException of kind MISSING
         */
        public long locateNode(byte[] id) throws IOException {
            long location = index.find(id, PackLayout.KIND_NODE);
            if (location == ChunkIndex.NOWHERE) {
                throw missing("node", id);
            }
            return location;
        }

        /** Whether a chunk is there. */
        public boolean has(byte[] id) throws IOException {
            return index.find(id, PackLayout.KIND_DATA) != ChunkIndex.NOWHERE;
        }

        /** How many chunks and nodes the store has, those stored twice counted twice. */
        public long chunks() throws IOException {
            return ordinals()[index.packs()];
        }

        /**
         * Numbers the store's chunks and nodes from 0; a location has the same number as long as
         * this reading is used.
         */
        public long ordinal(long location) throws IOException {
            return ordinals()[ChunkIndex.slotOf(location)] + ChunkIndex.chunkOf(location);
        }

        private synchronized long[] ordinals() throws IOException {
            if (firstOrdinals.length == 0) {
                int packs = index.packs();
                long[] firsts = new long[packs + 1];
                for (int slot = 0; slot < packs; slot++) {
                    firsts[slot + 1] = firsts[slot] + index.pack(slot).chunks();
                }
                firstOrdinals = firsts;
            }
            return firstOrdinals;
        }

        /** Plain bytes of a chunk. */
        public int lengthOf(long location) throws IOException {
            return index.checkedPack(ChunkIndex.slotOf(location))
                    .chunkLength(ChunkIndex.chunkOf(location));
        }

        /**
         * What a chunk or node takes in its pack: its part of the frame's stored bytes, from the
         * one whole byte that its first plain byte falls into to that of the next chunk's, so that
         * the parts of a frame add up to it.
         */
        public long storedBytesOf(long location) throws IOException {
            PackReader pack = index.checkedPack(ChunkIndex.slotOf(location));
            int chunk = ChunkIndex.chunkOf(location);
            int frame = pack.chunkFrame(chunk);
            long stored = pack.frameStoredBytes(frame);
            long plain = pack.framePlainBytes(frame);
            long start = pack.chunkOffset(chunk);
            long end = start + pack.chunkLength(chunk);
            return stored * end / plain - stored * start / plain;
        }

        /**
         * Reads chunks in the order in which they are stored, each checked against its frame's
         * checksum.
         */
        public void readAll(ChunkRequests requests, int threads, CancelToken cancel, ChunkSink sink)
                throws IOException {
            new BulkReader(index, properties.frameBytes(), requests, sink).run(threads, cancel);
        }

        /** A reader of a few chunks at a time, to be closed before this is. */
        public ChunkReader reader() {
            return new ChunkReader(index, properties.frameBytes());
        }

        @Override
        public void close() throws IOException {
            use.close();
        }
    }

    /** Begins to read: the locations that it gives stay valid until it is closed. */
    public Reading reading() {
        return new Reading(use());
    }

    /**
     * Verifies packs and index.
     *
     * @param threads that decode and hash at once
     * @return what is sound; the caller closes it
     */
    public SoundStore verify(
            VerifyDepth depth, int threads, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return new StoreVerifier(blobs, properties.frameBytes(), threads, depth)
                .run(listener, cancel);
    }

    /**
     * Takes what a full verification found to be damaged out of use, and keeps what is sound of the
     * same packs. Chunks that were damaged are missing afterwards, until somebody adds them again.
     *
     * @param own a {@linkplain #leaseAlone collector's}, held since before the verification: what
     *     was sound then is still there
     * @return names of the blobs that are not used any more
     */
    public List<String> quarantine(SoundStore sound, StoreLease own, CancelToken cancel)
            throws IOException {
        return new Quarantine(this).run(sound, own, cancel);
    }

    /**
     * Makes the state of collections anew where it is damaged.
     *
     * @param roots what must be kept
     * @param own a {@linkplain #leaseAlone collector's}
     * @return whether it was damaged
     */
    public boolean rebuildCollectionState(Collector.Roots roots, StoreLease own, CancelToken cancel)
            throws IOException {
        return new CollectionStateBuilder(blobs, roots).rebuild(own, cancel);
    }

    /** Bytes of all packs, and how many there are. */
    public record PackTotals(long packs, long bytes) {}

    public PackTotals packTotals() throws IOException {
        try (ChunkIndex.Use use = use()) {
            ChunkIndex now = use.index();
            long bytes = 0;
            int packs = now.packs();
            for (int slot = 0; slot < packs; slot++) {
                bytes += now.pack(slot).size();
            }
            return new PackTotals(packs, bytes);
        }
    }

    private StoreException missing(String what, byte[] id) {
        return new StoreException(
                StoreException.Kind.MISSING,
                what
                        + " "
                        + HexFormat.of().formatHex(id)
                        + " is not in the store: "
                        + blobs.name());
    }

    @Override
    public synchronized void close() throws IOException {
        List<ChunkIndex> all = new ArrayList<>(outdated);
        all.add(index);
        Closing.all(all);
    }
}
