package dev.quarry.benchmarks.soak;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * What the store must have. Disks are known by the SHA-256 of their bytes, and by a mark that their
 * import gave as the description: so a snapshot is recognised whose import was killed before it
 * could say its id. Thread-safe.
 */
final class SoakModel {

    /**
     * A disk that was imported.
     *
     * @param mark its description
     * @param digest of its bytes
     */
    private record Disk(String mark, String digest) {}

    /** Snapshots that are there for certain, by id. */
    private final Map<String, Disk> certain = new TreeMap<>();

    /** Digests of what may be there, its import or deletion not having ended well; by mark. */
    private final Map<String, String> possible = new TreeMap<>();

    private final List<String> differences = new ArrayList<>();
    private long operations;
    private long kills;

    synchronized void begins(String mark, String digest) {
        possible.put(mark, digest);
    }

    synchronized void imported(String mark, String id) {
        String digest = possible.remove(mark);
        if (digest != null) {
            certain.put(id, new Disk(mark, digest));
        }
    }

    /**
     * Takes a snapshot to be deleted: from now on it may be there or not.
     *
     * @param kept the mark of one that is not taken
     */
    synchronized @Nullable String takeAny(RandomGenerator random, String kept) {
        String id = any(random);
        if (id != null && kept.equals(Objects.requireNonNull(certain.get(id)).mark())) {
            return null;
        }
        Disk disk = id == null ? null : certain.remove(id);
        if (disk != null) {
            possible.put(disk.mark(), disk.digest());
        }
        return id;
    }

    /** The digest of a snapshot that is there, or null. */
    synchronized @Nullable String digest(String id) {
        Disk disk = certain.get(id);
        return disk == null ? null : disk.digest();
    }

    synchronized @Nullable String any(RandomGenerator random) {
        return certain.isEmpty()
                ? null
                : List.copyOf(certain.keySet()).get(random.nextInt(certain.size()));
    }

    synchronized List<String> ids() {
        return List.copyOf(certain.keySet());
    }

    synchronized void counts(boolean wasKilled) {
        operations++;
        kills += wasKilled ? 1 : 0;
    }

    synchronized void differs(String what) {
        differences.add(what);
    }

    synchronized long operations() {
        return operations;
    }

    synchronized long kills() {
        return kills;
    }

    synchronized List<String> differences() {
        return List.copyOf(differences);
    }

    /**
     * Compares the store's list with what must and may be there, while nothing else goes on.
     *
     * @param listed marks by id
     */
    synchronized void settle(Map<String, String> listed) {
        for (String id : List.copyOf(certain.keySet())) {
            if (!listed.containsKey(id)) {
                differs("snapshot " + id + " is gone");
                certain.remove(id);
            }
        }
        for (Map.Entry<String, String> entry : listed.entrySet()) {
            String mark = entry.getValue();
            String digest = possible.get(mark);
            if (digest != null) {
                certain.put(entry.getKey(), new Disk(mark, digest));
            } else if (!certain.containsKey(entry.getKey())) {
                differs("snapshot " + entry.getKey() + " (" + mark + ") should not be there");
            }
        }
        possible.clear();
    }
}
