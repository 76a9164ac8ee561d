package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where every chunk of a store is, as far as it was published when the index was opened, and what was {@linkplain #add added} since. A
 * location is a number: the pack's slot in the upper 32 bits, the chunk's number in the pack in the lower. Thread-safe except for {@link #close}.
 */
final class ChunkIndex implements Closeable {

    static final String PACKS = "packs/";
    static final String PACK_ENDING = ".pack";
    static final String SEGMENTS = "index/";
    static final String SEGMENT_ENDING = ".idx";

    /** What no chunk has as its location. */
    static final long NOWHERE = -1;

    /** Segments that are merged or opened by somebody else may vanish between listing and opening. */
    private static final int OPEN_TRIES = 5;

    /** A segment, and for each pack it covers the pack's slot, or -1 for a pack that is gone. */
    private record Part(IndexSegment segment, int[] slots) {}

    private static final SecureRandom RANDOM = new SecureRandom();

    private final BlobStore blobs;
    private final Map<String, Integer> slotByName = new HashMap<>();
    private volatile @Nullable Slot[] slots = new @Nullable Slot[0];
    private volatile Part[] parts = new Part[0];

    /** A pack, opened when it is first needed. */
    private static final class Slot {
        final String name;
        volatile @Nullable PackReader reader;

        Slot(String name, @Nullable PackReader reader) {
            this.name = name;
            this.reader = reader;
        }
    }

    private ChunkIndex(BlobStore blobs) {
        this.blobs = blobs;
    }

    static String packBlob(String name) {
        return PACKS + name.substring(0, 2) + "/" + name + PACK_ENDING;
    }

    static String newSegmentName() {
        byte[] random = new byte[IndexLayout.PACK_NAME_BYTES];
        RANDOM.nextBytes(random);
        return SEGMENTS + HexFormat.of().formatHex(random) + SEGMENT_ENDING;
    }

    static ChunkIndex open(BlobStore blobs) throws IOException {
        for (int attempt = 1; ; attempt++) {
            ChunkIndex index = new ChunkIndex(blobs);
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
            if (blob.endsWith(PACK_ENDING)) {
                String name = blob.substring(blob.lastIndexOf('/') + 1, blob.length() - PACK_ENDING.length());
                addSlot(name, null);
                uncovered.add(name);
            }
        }
        for (String blob : blobs.list(SEGMENTS)) {
            if (blob.endsWith(SEGMENT_ENDING)) {
                IndexSegment segment = IndexSegment.open(blob, blobs.open(blob));
                addPart(segment);
                uncovered.removeAll(segment.packNames());
            }
        }
        if (!uncovered.isEmpty()) {
            List<PackReader> readers = new ArrayList<>();
            for (String name : uncovered) {
                PackReader reader = pack(slot(name));
                reader.checkFooter();
                readers.add(reader);
            }
            addPart(IndexSegment.inMemory(IndexBuilder.ofPacks(readers)));
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
        Part[] more = Arrays.copyOf(parts, parts.length + 1);
        more[parts.length] = new Part(segment, own);
        parts = more;
    }

    /** Adds packs that a session has sealed, and the segment that covers them. The readers become the index's. */
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
                    reader = PackReader.open(slot.name, blobs.open(packBlob(slot.name)));
                    slot.reader = reader;
                }
            }
        }
        return reader;
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

    boolean hasPack(String name) {
        return slot(name) >= 0;
    }

    /**
     * Where a chunk or node is.
     *
     * @param id 32 bytes
     * @param kind of the frame it must be in
     * @return its location, or {@link #NOWHERE}
     */
    long find(byte[] id, int kind) throws IOException {
        long prefix = Ids.prefix(id);
        for (Part part : parts) {
            IndexSegment segment = part.segment();
            for (int entry = segment.first(prefix);
                    entry < segment.entries() && segment.prefix(entry) == prefix;
                    entry++) {
                int slot = part.slots()[segment.pack(entry)];
                if (slot >= 0) {
                    PackReader pack = pack(slot);
                    int chunk = segment.chunk(entry);
                    if (pack.hasId(chunk, id) && pack.frameKind(pack.chunkFrame(chunk)) == kind) {
                        return location(slot, chunk);
                    }
                }
            }
        }
        return NOWHERE;
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

    @Override
    public void close() throws IOException {
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
    }
}
