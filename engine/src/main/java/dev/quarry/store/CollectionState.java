package dev.quarry.store;

import dev.quarry.json.JsonTree;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What collectors have decided. A pack that is condemned stays so until it is deleted, and its name
 * never comes again: a collector that was stopped and goes on later does no harm.
 *
 * @param epoch counts decisions
 * @param condemned packs that writers who begin from now on do not refer to; names
 * @param doomed of these, packs that nothing needs any more; readers who begin from now on do not
 *     use them
 */
record CollectionState(long epoch, Set<String> condemned, Set<String> doomed) {

    static final String BLOB = "gc/state.json";

    private static final CollectionState NONE = new CollectionState(0, Set.of(), Set.of());

    CollectionState {
        condemned = Set.copyOf(condemned);
        doomed = Set.copyOf(doomed);
    }

    /**
     * @throws StoreException of kind CORRUPT if it is damaged
     */
    static CollectionState read(BlobStore blobs) throws IOException {
        Optional<BlobStore.Document> document = stored(blobs);
        return document.isEmpty() ? NONE : of(document.get().bytes(), blobs.name());
    }

    /**
     * The state, or that before all collections where it is damaged. Good enough for readers: all
     * collections wait for them then, and none can doom anything.
     */
    static CollectionState readForReading(BlobStore blobs) throws IOException {
        try {
            return read(blobs);
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.CORRUPT) {
                return NONE;
            }
            throw e;
        }
    }

    private static Optional<BlobStore.Document> stored(BlobStore blobs) throws IOException {
        try {
            return blobs.readDocument(BLOB);
        } catch (StoreException e) {
            throw e.kind() == StoreException.Kind.CORRUPT ? corrupt(blobs.name(), e) : e;
        }
    }

    /** Puts a state in the place of one that is damaged. */
    void overwrite(BlobStore blobs) throws IOException {
        blobs.overwriteDocument(BLOB, bytes());
    }

    /** A change, made of what is there now. */
    @FunctionalInterface
    interface Change {
        CollectionState apply(CollectionState now) throws IOException;
    }

    /** Changes the state, whatever others do meanwhile, and gives the new one. */
    static CollectionState update(BlobStore blobs, Change change) throws IOException {
        while (true) {
            Optional<BlobStore.Document> document = stored(blobs);
            try {
                if (document.isEmpty()) {
                    CollectionState next = change.apply(NONE);
                    blobs.createDocument(BLOB, next.bytes());
                    return next;
                }
                CollectionState next = change.apply(of(document.get().bytes(), blobs.name()));
                blobs.replaceDocument(BLOB, next.bytes(), document.get().version());
                return next;
            } catch (BlobConflictException e) {
                // Another collector was faster: its decision is looked at anew.
            }
        }
    }

    private byte[] bytes() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", "quarry-gc");
        json.put("version", 1);
        json.put("epoch", epoch);
        json.put("condemned", new ArrayList<>(new TreeSet<>(condemned)));
        json.put("doomed", new ArrayList<>(new TreeSet<>(doomed)));
        return (JsonTree.pretty(json) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static CollectionState of(byte[] bytes, String where) throws IOException {
        try {
            Map<String, Object> json =
                    JsonTree.readObject(new String(bytes, StandardCharsets.UTF_8));
            if ("quarry-gc".equals(json.get("format"))
                    && Integer.valueOf(1).equals(json.get("version"))
                    && json.get("epoch") instanceof Number epoch
                    && json.get("condemned") instanceof List<?> condemned
                    && json.get("doomed") instanceof List<?> doomed) {
                return new CollectionState(epoch.longValue(), names(condemned), names(doomed));
            }
        } catch (IOException e) {
            throw corrupt(where, e);
        }
        throw corrupt(where, null);
    }

    private static Set<String> names(List<?> list) {
        Set<String> names = new TreeSet<>();
        for (Object name : list) {
            names.add(String.valueOf(name));
        }
        return names;
    }

    private static StoreException corrupt(String where, @Nullable IOException cause) {
        return new StoreException(
                StoreException.Kind.CORRUPT,
                BLOB
                        + " is damaged, and nothing is written before a repair (verify --repair): "
                        + where,
                cause);
    }
}
