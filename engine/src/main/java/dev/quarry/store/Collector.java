package dev.quarry.store;

import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Deletes what no snapshot needs, beside writers and readers.
 *
 * <ol>
 *   <li>It marks what snapshots need, and condemns the packs of which too little is needed: writers
 *       that begin from now on do not refer to them.
 *   <li>When all writers that began before have ended, it marks again, copies what is needed of the
 *       condemned packs into new ones, or lets {@linkplain TrimmedPack trimmed ones} stand on their
 *       frames, and dooms the old: readers that begin from now on do not use them.
 *   <li>When all readers and writers that began before have ended, it deletes them. Writers, too:
 *       one that began after the condemnation refers to nothing of them, but its index has them.
 * </ol>
 *
 * Killed anywhere, it leaves packs that are condemned or doomed, and chunks that are there twice;
 * the next run goes on from there. Takes a bit of memory for each chunk.
 */
public final class Collector {

    /** A pack of which less than this part is needed gives way to another. */
    public static final double LIVE_RATIO = 0.7;

    /** A pack is trimmed, however much of it is needed, if that frees more than this part of it. */
    static final int TRIMMED_PART = 16;

    /**
     * Small packs are merged when there are so many: each costs a file, an open and a mapping, and
     * many small imports leave many.
     */
    static final int SMALL_PACKS_MIN = 8;

    /** A pack is small that has less than this part of a full one's bytes. */
    static final int SMALL_PART = 8;

    /** What the snapshots of one moment need. */
    @FunctionalInterface
    public interface Needs {

        /** Marks everything that any of them needs. */
        void mark(LiveChunks live, int threads, CancelToken cancel) throws IOException;

        /**
         * Whether all is still needed that was at an earlier moment: then what was marked can stay
         * marked. False is always right.
         */
        default boolean covers(Needs earlier) {
            return false;
        }
    }

    /** Where the needs come from. */
    public interface Roots {

        /**
         * Lists the snapshots that are there now. Called before the index is opened: a snapshot
         * that is registered later may need packs that the index does not have.
         */
        Needs list() throws IOException;

        /** Takes back what writers have left whose leases are gone. */
        void settle() throws IOException;
    }

    private final ChunkStore store;
    private final BlobStore blobs;
    private final Roots roots;
    private final double liveRatio;
    private final int threads;
    private final ChunkSession.Limits limits;

    /**
     * @param threads that work at once; what becomes of the store does not depend on it
     */
    public Collector(ChunkStore store, Roots roots, double liveRatio, int threads) {
        this(store, roots, liveRatio, threads, ChunkSession.Limits.USUAL);
    }

    Collector(
            ChunkStore store,
            Roots roots,
            double liveRatio,
            int threads,
            ChunkSession.Limits limits) {
        this.threads = threads;
        this.store = store;
        this.blobs = store.blobs();
        this.roots = roots;
        this.liveRatio = liveRatio;
        this.limits = limits;
    }

    /** What was needed at one moment, and where it is. */
    private record Survey(Needs needs, ChunkIndex index, LiveChunks live) implements Closeable {
        @Override
        public void close() throws IOException {
            index.close();
        }
    }

    /** Says what {@link #run} would do now; changes nothing. */
    public CollectionResult dryRun() throws IOException {
        CancelToken cancel = new CancelToken();
        CollectionState state = CollectionState.read(blobs);
        try (Survey survey = survey(roots.list(), state, cancel)) {
            LiveChunks live = survey.live();
            Set<String> condemned = condemned(live, state, cancel);
            live.condemn(survey.index().excluding(condemned), threads, cancel);
            Map<String, Long> before = sizes(survey.index());
            PackReplacement.Rehearsal rehearsal = new PackReplacement.Rehearsal(blobs.key());
            PackReplacement.Result replaced = replacement(live).run(condemned, rehearsal, cancel);
            return result(before, replaced, condemned.size(), rehearsal.bytes(), state);
        }
    }

    /**
     * Collects.
     *
     * @throws StoreException of kind BUSY if another collector is at work; of kind MISSING or
     *     CORRUPT if a snapshot cannot be gone through: then nothing is deleted
     */
    public CollectionResult run(CancelToken cancel) throws IOException {
        try (StoreLease own = store.lease(StoreLease.Kind.COLLECTOR)) {
            LeaseWatch watch = new LeaseWatch(blobs, store.timing(), own);
            watch.requireAlone(cancel);
            CollectionResult result = condemnAndReplace(watch, own, cancel);
            CollectionState dooming = CollectionState.read(blobs);
            awaitUsers(watch, dooming.epoch(), cancel);
            delete(blobs, dooming.doomed(), own);
            return result;
        }
    }

    private CollectionResult condemnAndReplace(LeaseWatch watch, StoreLease own, CancelToken cancel)
            throws IOException {
        CollectionState state = CollectionState.read(blobs);
        try (Survey first = survey(roots.list(), state, cancel)) {
            CollectionState condemning = condemn(condemned(first.live(), state, cancel), own);
            watch.await(StoreLease.Kind.WRITER, condemning.epoch(), cancel);
            roots.settle();
            Needs needs = roots.list();
            if (needs.covers(first.needs()) && first.index().isCurrent(condemning.doomed())) {
                // The packs are the same, and what was needed is: only what has come is marked.
                ChunkIndex index = first.index();
                first.live().condemn(index.excluding(condemning.condemned()), threads, cancel);
                needs.mark(first.live(), threads, cancel);
                return replace(first.live(), condemning, own, cancel);
            }
            try (Survey second = survey(needs, condemning, cancel)) {
                return replace(second.live(), condemning, own, cancel);
            }
        }
    }

    /** Waits for everybody who may open a pack that was doomed in an epoch. */
    static void awaitUsers(LeaseWatch watch, long epoch, CancelToken cancel) throws IOException {
        watch.await(StoreLease.Kind.WRITER, epoch, cancel);
        watch.await(StoreLease.Kind.READER, epoch, cancel);
    }

    /**
     * @param needs listed before this, so that the index has all that they need
     */
    private Survey survey(Needs needs, CollectionState state, CancelToken cancel)
            throws IOException {
        ChunkIndex index = ChunkIndex.open(blobs, ChunkIndex.packBlobs(state.doomed()));
        try {
            LiveChunks live =
                    new LiveChunks(
                            index,
                            state.condemned().isEmpty()
                                    ? LiveChunks.NOTHING
                                    : index.excluding(state.condemned()));
            needs.mark(live, threads, cancel);
            return new Survey(needs, index, live);
        } catch (IOException | RuntimeException e) {
            index.close();
            throw e;
        }
    }

    /**
     * A collector whose lease was revoked changes nothing: its lease is looked at between reading
     * and replacing the state, so that who revokes it and changes the state then is not overtaken.
     */
    private CollectionState condemn(Set<String> names, StoreLease own) throws IOException {
        return CollectionState.update(
                blobs,
                now -> {
                    own.confirm();
                    Set<String> all = new TreeSet<>(now.condemned());
                    all.addAll(names);
                    return new CollectionState(now.epoch() + 1, all, now.doomed());
                });
    }

    /**
     * Packs of which too little is needed or enough can be taken out, those that were condemned
     * before, and small ones that are merged.
     */
    private Set<String> condemned(LiveChunks live, CollectionState state, CancelToken cancel)
            throws IOException {
        ChunkIndex index = live.index();
        Set<String> names = new TreeSet<>();
        List<PackReader> small = new ArrayList<>();
        Workers.run(
                "quarry-gc",
                index.packs(),
                threads,
                cancel,
                () ->
                        slot -> {
                            String name = index.packName((int) slot);
                            boolean isCondemned = state.condemned().contains(name);
                            PackReader pack =
                                    isCondemned
                                            ? null
                                            : PackReplacement.checkedOrNull(index, (int) slot);
                            boolean isGarbage = pack != null && givesWay(live, (int) slot, pack);
                            synchronized (names) {
                                if (isCondemned || isGarbage) {
                                    names.add(name);
                                } else if (pack != null
                                        && pack.size() < limits.packBytes() / SMALL_PART) {
                                    small.add(pack);
                                }
                            }
                        });
        names.addAll(mergeable(small));
        return names;
    }

    /**
     * From the smallest on, as long as the next is not larger than those before it together: so a
     * byte is written anew a number of times that grows with the logarithm of their number.
     */
    private static Set<String> mergeable(List<PackReader> small) {
        small.sort(Comparator.comparingLong(PackReader::size).thenComparing(PackReader::name));
        Set<String> names = new TreeSet<>();
        long bytes = 0;
        for (PackReader pack : small) {
            if (names.size() > 1 && pack.size() > bytes) {
                break;
            }
            bytes += pack.size();
            names.add(pack.name());
        }
        return names.size() < SMALL_PACKS_MIN ? Set.of() : names;
    }

    /** Whether a pack is worth being replaced: to trim it costs nearly nothing, to copy it does. */
    private boolean givesWay(LiveChunks live, int slot, PackReader pack) throws IOException {
        long all = 0;
        long needed = 0;
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            int bytes = pack.chunkLength(chunk);
            all += bytes;
            needed += live.isLive(slot, chunk) ? bytes : 0;
        }
        if (needed == all && all > 0) {
            return false;
        }
        if (needed < all * liveRatio || all == 0) {
            return true;
        }
        TrimmedPack.Plan plan = replacement(live).trimOrNull(slot);
        return plan != null && plan.freedBytes() > pack.size() / TRIMMED_PART;
    }

    /** Copies what is needed of the condemned packs, and dooms those that are not needed then. */
    private CollectionResult replace(
            LiveChunks live, CollectionState state, StoreLease own, CancelToken cancel)
            throws IOException {
        ChunkIndex index = live.index();
        try (ChunkSession session =
                new ChunkSession(blobs, index, null, store.properties(), limits, null)) {
            Set<String> condemned = new TreeSet<>(state.condemned());
            Map<String, Long> before = sizes(index);
            PackReplacement.Result replaced =
                    replacement(live)
                            .run(
                                    condemned,
                                    new PackReplacement.Writing(session, blobs, own),
                                    cancel);
            if (!replaced.trimmed().isEmpty()) {
                store.requireTrimming();
            }
            session.commit();
            CollectionResult result =
                    result(before, replaced, condemned.size(), session.storedBytes(), state);
            CollectionState.update(
                    blobs,
                    now -> {
                        own.confirm();
                        Set<String> all = new TreeSet<>(now.doomed());
                        all.addAll(replaced.names());
                        return new CollectionState(now.epoch() + 1, now.condemned(), all);
                    });
            return result;
        }
    }

    private PackReplacement replacement(LiveChunks live) {
        return new PackReplacement(store, live, liveRatio, threads, limits);
    }

    /** Bytes that each pack of an index takes, by its name. */
    private Map<String, Long> sizes(ChunkIndex index) throws IOException {
        Map<String, Long> sizes = new HashMap<>();
        for (int slot = 0; slot < index.packs(); slot++) {
            String name = index.packName(slot);
            PackReader pack = PackReplacement.checkedOrNull(index, slot);
            sizes.put(name, pack == null ? sizeOf(name) : pack.size());
        }
        return sizes;
    }

    /**
     * @param before as {@link #sizes} says of the packs that were there
     */
    private CollectionResult result(
            Map<String, Long> before,
            PackReplacement.Result replaced,
            int kept,
            long written,
            CollectionState state)
            throws IOException {
        Map<String, Long> there = new HashMap<>(before);
        Set<String> deleted = new HashSet<>(replaced.names());
        deleted.removeAll(replaced.trimmedNames());
        for (String doomed : state.doomed()) {
            try {
                there.put(doomed, sizeOf(doomed));
                deleted.add(doomed);
            } catch (NoSuchFileException e) {
                // Deleted by a collection that was cut off.
            }
        }
        return new CollectionResult(
                there.size(),
                there.values().stream().mapToLong(Long::longValue).sum(),
                deleted.size(),
                deleted.stream().mapToLong(there::get).sum(),
                replaced.trimmed().size(),
                replaced.trimmed().stream().mapToLong(TrimmedPack.Plan::freedBytes).sum(),
                written,
                kept,
                0,
                0);
    }

    private long sizeOf(String name) throws IOException {
        try (Arena arena = Arena.ofConfined();
                PackReader pack = PackReader.open(name, blobs, arena)) {
            return pack.size();
        } catch (StoreException e) {
            // Damaged: what its file has.
            try (Blob blob = blobs.open(ChunkIndex.packBlob(name))) {
                return blob.size();
            }
        }
    }

    /** Deletes doomed packs, and what is noted of them. */
    static void delete(BlobStore blobs, Set<String> doomed, StoreLease own) throws IOException {
        blobs.deleteAll(ChunkIndex.packBlobs(doomed));
        TrimmedPack.release(blobs, doomed, own);
        CollectionState.update(
                blobs,
                now -> {
                    own.confirm();
                    Set<String> condemned = new TreeSet<>(now.condemned());
                    condemned.removeAll(doomed);
                    Set<String> left = new TreeSet<>(now.doomed());
                    left.removeAll(doomed);
                    return new CollectionState(now.epoch(), condemned, left);
                });
        ChunkIndex.dropDeadEntries(blobs);
    }
}
