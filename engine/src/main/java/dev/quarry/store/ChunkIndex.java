package dev.quarry.store;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where every chunk of a store is, as far as it was published when the index was opened, and what
 * was {@linkplain #add added} since. A location is a number: the pack's slot in the upper 32 bits,
 * the chunk's number in the pack in the lower. Thread-safe except for {@link #close}.
 */
final class ChunkIndex implements Closeable {

    static final String PACKS = "packs/";
    static final String PACK_ENDING = ".pack";
    static final String SEGMENTS = "index/";
    static final String SEGMENT_ENDING = ".idx";

    /** What no chunk has as its location. */
    static final long NOWHERE = -1;

    /** More segments than these are merged: each costs a look-up one cache miss. */
    private static final int SEGMENTS_MAX = 4;

    /** Entries that are sorted at once when packs are indexed in memory. */
    private static final long BATCH_ENTRIES = 1 << 20;

    /**
     * Segments that are merged or opened by somebody else may vanish between listing and opening.
     */
    private static final int OPEN_TRIES = 5;

    /** A segment, and for each pack it covers the pack's slot, or -1 for a pack that is gone. */
    private record Part(IndexSegment segment, int[] slots) {}

    /** Says what a look-up passes over. */
    @FunctionalInterface
    interface Exclusion {
        boolean excludes(int slot, int chunk);
    }

    private final BlobStore blobs;

    /** Packs and segments that are not used because they are damaged. */
    private final Set<String> unusable;

    private final Map<String, Integer> slotByName = new HashMap<>();
    private volatile @Nullable Slot[] slots = new @Nullable Slot[0];
    private volatile Part[] parts = new Part[0];

    /** What packs and segments have mapped. */
    private final Arena arena = Arena.ofShared();

    /** Of an index that is closed, whoever used it. */
    private static final int CLOSED = Integer.MIN_VALUE / 2;

    /** Who has it open: its maker, and those that {@link #use} it. */
    private final AtomicInteger users = new AtomicInteger(1);

    /** A pack, opened when it is first needed. */
    private static final class Slot {
        final String name;
        volatile @Nullable PackReader reader;

        Slot(String name, @Nullable PackReader reader) {
            this.name = name;
            this.reader = reader;
        }
    }

    private ChunkIndex(BlobStore blobs, Set<String> unusable) {
        this.blobs = blobs;
        this.unusable = unusable;
    }

    static String packBlob(String name) {
        return PACKS + name.substring(0, 2) + "/" + name + PACK_ENDING;
    }

    static Set<String> packBlobs(Set<String> names) {
        Set<String> blobs = new HashSet<>();
        for (String name : names) {
            blobs.add(packBlob(name));
        }
        return blobs;
    }

    static String newSegmentName() {
        byte[] random = new byte[IndexLayout.PACK_NAME_BYTES];
        new SecureRandom().nextBytes(random);
        return SEGMENTS + HexFormat.of().formatHex(random) + SEGMENT_ENDING;
    }

    /** An index of nothing, to be added to. */
    static ChunkIndex empty(BlobStore blobs) {
        return new ChunkIndex(blobs, Set.of());
    }

    static ChunkIndex open(BlobStore blobs) throws IOException {
        return open(blobs, Set.of());
    }

    /**
     * Opens an index as if some packs and segments were not there.
     *
     * @param unusable names of their blobs
     */
    static ChunkIndex open(BlobStore blobs, Set<String> unusable) throws IOException {
        for (int attempt = 1; ; attempt++) {
            ChunkIndex index = new ChunkIndex(blobs, unusable);
            try {
                index.load();
                return index;
            } catch (NoSuchFileException e) {
                index.close();
                if (attempt == OPEN_TRIES) {
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                index.close();
                throw e;
            }
        }
    }

    private void load() throws IOException {
        Set<String> uncovered = new HashSet<>();
        for (String blob : blobs.list(PACKS)) {
            if (blob.endsWith(PACK_ENDING) && !unusable.contains(blob)) {
                String name = packName(blob);
                addSlot(name, null);
                uncovered.add(name);
            }
        }
        for (String blob : blobs.list(SEGMENTS)) {
            if (blob.endsWith(SEGMENT_ENDING) && !unusable.contains(blob)) {
                IndexSegment segment = openOrNull(blob);
                if (segment != null) {
                    addPart(segment);
                    uncovered.removeAll(segment.packNames());
                }
            }
        }
        indexUncovered(uncovered);
    }

    /** A segment, or null for a damaged one: its packs have all that it says. */
    private @Nullable IndexSegment openOrNull(String blob) throws IOException {
        try {
            return IndexSegment.open(blob, blobs.open(blob), arena);
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.CORRUPT) {
                return null;
            }
            throw e;
        }
    }

    /**
     * Reads the tables of packs that no segment covers, because their writer died before it could
     * write one.
     */
    private void indexUncovered(Set<String> names) throws IOException {
        List<PackReader> batch = new ArrayList<>();
        long entries = 0;
        for (String name : names) {
            PackReader reader;
            try {
                reader = checkedPack(slot(name));
            } catch (StoreException e) {
                // Its chunks are missing until it is repaired; the other packs are not.
                continue;
            }
            batch.add(reader);
            entries += reader.chunks();
            if (entries >= BATCH_ENTRIES) {
                addPart(IndexSegment.inMemory(IndexBuilder.ofPacks(batch)));
                batch.clear();
                entries = 0;
            }
        }
        if (!batch.isEmpty()) {
            addPart(IndexSegment.inMemory(IndexBuilder.ofPacks(batch)));
        }
    }

    /**
     * Whether this index has every pack that is published now, and no other.
     *
     * @param doomed names of packs that count as not there
     */
    boolean isCurrent(Set<String> doomed) throws IOException {
        int there = 0;
        for (String blob : blobs.list(PACKS)) {
            if (blob.endsWith(PACK_ENDING) && !doomed.contains(packName(blob))) {
                if (slot(packName(blob)) < 0) {
                    return false;
                }
                there++;
            }
        }
        return there == packs();
    }

    /** Excludes packs by their names. */
    Exclusion excluding(Set<String> names) {
        boolean[] excluded = new boolean[packs()];
        for (int slot = 0; slot < excluded.length; slot++) {
            excluded[slot] = names.contains(packName(slot));
        }
        return (slot, chunk) -> slot < excluded.length && excluded[slot];
    }

    static String packName(String blob) {
        return blob.substring(blob.lastIndexOf('/') + 1, blob.length() - PACK_ENDING.length());
    }

    /**
     * Merges small segments of a store into one when there are many, so that a look-up asks few of
     * them, whatever the store's size. Two processes may do so at once: then packs are covered
     * twice for a while.
     */
    static void mergeSegments(BlobStore blobs) throws IOException {
        List<String> names = blobs.list(SEGMENTS);
        if (names.size() <= SEGMENTS_MAX) {
            return;
        }
        Set<String> published = publishedPacks(blobs);
        List<IndexSegment> all = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            for (String name : names) {
                all.add(IndexSegment.open(name, blobs.open(name), arena));
            }
            all.sort(Comparator.comparingInt(IndexSegment::entries));
            List<IndexSegment> small = smallest(all);
            if (small.size() < 2) {
                return;
            }
            try (BlobWriter merged = SegmentMerger.merge(blobs, small, published::contains)) {
                merged.publish(newSegmentName());
            }
            for (IndexSegment segment : small) {
                blobs.delete(segment.name());
            }
        } catch (NoSuchFileException e) {
            // Another process is merging them.
        } finally {
            Closing.all(all);
        }
    }

    /**
     * The segments that are merged: from the smallest on, as long as the next one is not larger
     * than those before it together. So an entry is written anew a number of times that grows with
     * the logarithm of their number, and few segments are left.
     */
    private static List<IndexSegment> smallest(List<IndexSegment> ascending) {
        List<IndexSegment> small = new ArrayList<>();
        long entries = 0;
        for (IndexSegment segment : ascending) {
            long together = entries + segment.entries();
            if (together > SegmentMerger.ENTRIES_MAX
                    || (small.size() > 1 && segment.entries() > entries)) {
                break;
            }
            entries = together;
            small.add(segment);
        }
        return small;
    }

    /**
     * Names of all packs. Who compares them with segments lists those before: a segment comes after
     * its packs.
     */
    private static Set<String> publishedPacks(BlobStore blobs) throws IOException {
        Set<String> published = new HashSet<>();
        for (String blob : blobs.list(PACKS)) {
            if (blob.endsWith(PACK_ENDING)) {
                published.add(packName(blob));
            }
        }
        return published;
    }

    /** Takes the entries of packs that are gone out of the stored segments. */
    static void dropDeadEntries(BlobStore blobs) throws IOException {
        List<String> segments = blobs.list(SEGMENTS);
        Set<String> published = publishedPacks(blobs);
        for (String blob : segments) {
            try (Arena arena = Arena.ofConfined();
                    IndexSegment segment = IndexSegment.open(blob, blobs.open(blob), arena)) {
                List<String> names = segment.packNames();
                if (published.containsAll(names)) {
                    continue;
                }
                boolean isDead = names.stream().noneMatch(published::contains);
                if (!isDead) {
                    try (BlobWriter writer =
                            SegmentMerger.merge(blobs, List.of(segment), published::contains)) {
                        writer.publish(newSegmentName());
                    }
                }
                blobs.delete(blob);
            } catch (NoSuchFileException e) {
                // Another process has merged it.
            } catch (StoreException e) {
                // Damaged: its packs are read when the store is opened, and a repair removes it.
            }
        }
    }

    private synchronized int slot(String name) {
        Integer slot = slotByName.get(name);
        return slot == null ? -1 : slot;
    }

    private synchronized int addSlot(String name, @Nullable PackReader reader) {
        int known = slot(name);
        if (known >= 0) {
            return known;
        }
        int slot = slotByName.size();
        if (slot == slots.length) {
            // Readers of the old array know only slots that are in it.
            slots = Arrays.copyOf(slots, slot + slot / 2 + 8);
        }
        slots[slot] = new Slot(name, reader);
        slotByName.put(name, slot);
        return slot;
    }

    private synchronized void addPart(IndexSegment segment) {
        List<String> names = segment.packNames();
        int[] own = new int[names.size()];
        for (int i = 0; i < own.length; i++) {
            own[i] = slot(names.get(i));
        }
        // The largest first: what is there is most likely found in the first one asked.
        int at = 0;
        while (at < parts.length && parts[at].segment().entries() >= segment.entries()) {
            at++;
        }
        Part[] more = new Part[parts.length + 1];
        System.arraycopy(parts, 0, more, 0, at);
        more[at] = new Part(segment, own);
        System.arraycopy(parts, at, more, at + 1, parts.length - at);
        parts = more;
    }

    /**
     * Adds packs that a session has sealed, and the segment that covers them. The readers become
     * the index's.
     */
    synchronized void add(List<PackReader> packs, IndexSegment segment) {
        for (PackReader pack : packs) {
            addSlot(pack.name(), pack);
        }
        addPart(segment);
    }

    /** The pack in a slot. */
    PackReader pack(int number) throws IOException {
        Slot slot = Objects.requireNonNull(slots[number]);
        PackReader reader = slot.reader;
        if (reader == null) {
            synchronized (slot) {
                reader = slot.reader;
                if (reader == null) {
                    reader = PackReader.open(slot.name, blobs, arena);
                    slot.reader = reader;
                }
            }
        }
        return reader;
    }

    /** The pack in a slot, with its tables checked: what is read from it can be trusted. */
    PackReader checkedPack(int number) throws IOException {
        PackReader pack = pack(number);
        pack.checkFooter();
        return pack;
    }

    /** The name of the pack in a slot. */
    String packName(int number) {
        return Objects.requireNonNull(slots[number]).name;
    }

    /** Names of all packs. */
    synchronized Set<String> packNames() {
        return Set.copyOf(slotByName.keySet());
    }

    /** Slots in use; packs are numbered from 0. */
    synchronized int packs() {
        return slotByName.size();
    }

    /** Segments in use, those in memory included. */
    List<IndexSegment> segments() {
        List<IndexSegment> all = new ArrayList<>();
        for (Part part : parts) {
            all.add(part.segment());
        }
        return all;
    }

    /**
     * Where a chunk or node is.
     *
     * @param id 32 bytes
     * @param kind of the frame it must be in
     * @return its location, or {@link #NOWHERE}
     */
    long find(byte[] id, int kind) throws IOException {
        return find(id, kind, null);
    }

    /**
     * Where a chunk or node is.
     *
     * @param exclusion passes over some of its places, or null
     */
    long find(byte[] id, int kind, @Nullable Exclusion exclusion) throws IOException {
        long prefix = Ids.prefix(id);
        for (Part part : parts) {
            IndexSegment segment = part.segment();
            for (int entry = segment.first(prefix);
                    entry < segment.entries() && segment.prefix(entry) == prefix;
                    entry++) {
                int slot = part.slots()[segment.pack(entry)];
                int chunk = segment.chunk(entry);
                // Asked before the pack is opened: what is excluded may be gone.
                if (slot >= 0 && (exclusion == null || !exclusion.excludes(slot, chunk))) {
                    PackReader pack = pack(slot);
                    if (chunk >= 0
                            && chunk < pack.chunks()
                            && pack.hasId(chunk, id)
                            && pack.kindOf(chunk) == kind) {
                        return location(slot, chunk);
                    }
                }
            }
        }
        return NOWHERE;
    }

    /** Open as long as the index is: what is {@linkplain #add added} is mapped by it. */
    Arena arena() {
        return arena;
    }

    static long location(int slot, int chunk) {
        return (long) slot << Integer.SIZE | chunk;
    }

    static int slotOf(long location) {
        return (int) (location >>> Integer.SIZE);
    }

    static int chunkOf(long location) {
        return (int) location;
    }

    /** Keeps an index open until it is closed; closing it again changes nothing. Thread-safe. */
    static final class Use implements Closeable {
        private final ChunkIndex index;
        private final AtomicBoolean isOver = new AtomicBoolean();

        private Use(ChunkIndex index) {
            this.index = index;
        }

        ChunkIndex index() {
            return index;
        }

        @Override
        public void close() throws IOException {
            if (!isOver.getAndSet(true)) {
                index.release();
            }
        }
    }

    /** Keeps this open for one more; null if it is closed already. */
    @Nullable Use use() {
        int before = users.get();
        while (before > 0) {
            int now = users.compareAndExchange(before, before + 1);
            if (now == before) {
                return new Use(this);
            }
            before = now;
        }
        return null;
    }

    /** Closes this as soon as nobody uses it any more; for its maker, once. */
    void release() throws IOException {
        if (users.decrementAndGet() == 0) {
            closeAll();
        }
    }

    /** Whether it is closed. */
    boolean isClosed() {
        return users.get() <= 0;
    }

    /** Closes this, whoever uses it. */
    @Override
    public void close() throws IOException {
        if (users.getAndSet(CLOSED) > 0) {
            closeAll();
        }
    }

    private void closeAll() throws IOException {
        List<Closeable> all = new ArrayList<>();
        for (Slot slot : slots) {
            PackReader reader = slot == null ? null : slot.reader;
            if (reader != null) {
                all.add(reader);
            }
        }
        for (Part part : parts) {
            all.add(part.segment());
        }
        Closing.all(all);
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
