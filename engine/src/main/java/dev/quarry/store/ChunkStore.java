package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.json.JsonTree;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Chunks and nodes by their ids, in packs on a {@link BlobStore}. Thread-safe except for {@link
 * #close}; several processes may use one store.
 */
public final class ChunkStore implements Closeable {

    /** Name of the document that makes a folder a store. */
    public static final String PROPERTIES = "quarry-store.json";

    /** Bytes of a node at most. */
    public static final int NODE_BYTES_MAX = 1 << 20;

    /** The version of the store's format that is written and read. */
    static final int VERSION = 3;

    private final BlobStore blobs;
    private final StoreProperties properties;
    private volatile ChunkIndex index;
    private final List<ChunkIndex> outdated = new ArrayList<>();

    private final LeaseTiming timing;

    private ChunkStore(
            BlobStore blobs, StoreProperties properties, ChunkIndex index, LeaseTiming timing) {
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
        new CheckedBlobStore(blobs)
                .createDocument(
                        PROPERTIES,
                        (JsonTree.pretty(toJson(properties)) + "\n")
                                .getBytes(StandardCharsets.UTF_8));
        return open(blobs);
    }

    /**
     * Opens a store.
     *
     * @param blobs where it is kept; stays the caller's
     * @throws StoreException of kind NOT_FOUND, VERSION or CORRUPT
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
        Optional<BlobStore.Document> document = blobs.readDocument(PROPERTIES);
        if (document.isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.NOT_FOUND, "there is no image store at " + blobs.name());
        }
        StoreProperties properties = properties(blobs.name(), document.get().bytes());
        BlobStore checked = new CheckedBlobStore(blobs);
        Set<String> doomed = CollectionState.read(checked).doomed();
        ChunkIndex index = ChunkIndex.open(checked, ChunkIndex.packBlobs(doomed));
        return new ChunkStore(checked, properties, index, timing);
    }

    private static Map<String, Object> toJson(StoreProperties properties) {
        Map<String, Object> cutter = new LinkedHashMap<>();
        cutter.put("id", CutterParameters.CUTTER);
        cutter.put("averageBytes", properties.cutter().averageBytes());
        cutter.put("maximumBytes", properties.cutter().maximumBytes());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", "quarry-store");
        json.put("version", VERSION);
        json.put("cutter", cutter);
        json.put("frameBytes", properties.frameBytes());
        json.put("codec", properties.codec().name().toLowerCase(Locale.ROOT));
        json.put("level", properties.level());
        return json;
    }

    /** Reads the properties as they are stored: those of another version have no checksum. */
    private static StoreProperties properties(String where, byte[] stored) throws IOException {
        try {
            if (DocumentEnvelope.isSealed(stored)) {
                Map<String, Object> json = parse(DocumentEnvelope.open(PROPERTIES, stored, where));
                requireVersion(json, where);
                return fromJson(json, where);
            }
            requireVersion(parse(stored), where);
            throw new IllegalArgumentException("it has no checksum");
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    PROPERTIES + " of the store does not hold: " + e.getMessage() + ": " + where,
                    e);
        }
    }

    private static Map<String, Object> parse(byte[] bytes) {
        try {
            return JsonTree.readObject(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static void requireVersion(Map<String, Object> json, String where)
            throws StoreException {
        Object version = json.get("version");
        if (!"quarry-store".equals(json.get("format"))
                || !Integer.valueOf(VERSION).equals(version)) {
            throw new StoreException(
                    StoreException.Kind.VERSION,
                    "the store is of version "
                            + version
                            + ", and this Quarry reads version "
                            + VERSION
                            + ": "
                            + where);
        }
    }

    private static StoreProperties fromJson(Map<String, Object> json, String where)
            throws StoreException {
        if (!(json.get("cutter") instanceof Map<?, ?> cutter)
                || !Integer.valueOf(CutterParameters.CUTTER).equals(cutter.get("id"))) {
            throw new StoreException(
                    StoreException.Kind.VERSION, "the store is cut by an unknown cutter: " + where);
        }
        return new StoreProperties(
                new CutterParameters(
                        integer(cutter.get("averageBytes")), integer(cutter.get("maximumBytes"))),
                integer(json.get("frameBytes")),
                Codec.valueOf(String.valueOf(json.get("codec")).toUpperCase(Locale.ROOT)),
                integer(json.get("level")));
    }

    private static int integer(@Nullable Object value) {
        if (value instanceof Integer integer) {
            return integer;
        }
        throw new IllegalArgumentException("'" + value + "' is no number");
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
        return new ChunkSession(
                blobs,
                index,
                lease.condemned().isEmpty() ? null : index.excluding(lease.condemned()),
                properties,
                limits,
                new ChunkSession.Guard(lease, owned));
    }

    /**
     * Begins to add chunks that are counted and not kept: a rehearsal. It holds no lease; the
     * caller keeps collectors away.
     */
    public ChunkSession rehearse() throws IOException {
        return ChunkSession.rehearsal(blobs, index, properties);
    }

    /** Sees what other processes have published or deleted since the store was opened. */
    public void refresh() throws IOException {
        refresh(CollectionState.read(blobs).doomed());
    }

    private synchronized void refresh(Set<String> doomed) throws IOException {
        if (!index.isCurrent(doomed)) {
            ChunkIndex fresh = ChunkIndex.open(blobs, ChunkIndex.packBlobs(doomed));
            outdated.add(index);
            index = fresh;
        }
    }

    /**
     * What the store keeps, with every document checked when it is read. Closing it is left to whom
     * the store's blobs belong to.
     */
    public BlobStore blobs() {
        return blobs;
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
        ChunkIndex now = index;
        long location = now.find(id, PackLayout.KIND_NODE);
        if (location == ChunkIndex.NOWHERE) {
            throw missing("node", id);
        }
        PackReader pack = now.checkedPack(ChunkIndex.slotOf(location));
        return pack.readNode(pack.chunkFrame(ChunkIndex.chunkOf(location)));
    }

    /** Locations of chunks, as one moment of the store knows them. */
    public final class Reading {

        private final ChunkIndex index;

        /** Ordinal of each pack's first chunk; made when it is first asked for. */
        private long[] firstOrdinals = {};

        private Reading(ChunkIndex index) {
            this.index = index;
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
        boolean has(byte[] id) throws IOException {
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
    }

    /** Begins to read: the locations that it gives stay valid until the store is closed. */
    public Reading reading() {
        return new Reading(index);
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
     * @return names of the blobs that are not used any more
     * @throws StoreException of kind BUSY if a collection is under way
     */
    public List<String> quarantine(SoundStore sound, CancelToken cancel) throws IOException {
        return new Quarantine(this).run(sound, cancel);
    }

    /** Bytes of all packs, and how many there are. */
    public record PackTotals(long packs, long bytes) {}

    public PackTotals packTotals() throws IOException {
        ChunkIndex now = index;
        long bytes = 0;
        int packs = now.packs();
        for (int slot = 0; slot < packs; slot++) {
            bytes += now.pack(slot).size();
        }
        return new PackTotals(packs, bytes);
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
