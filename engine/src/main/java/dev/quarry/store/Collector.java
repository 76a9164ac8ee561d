package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Deletes what no snapshot needs, beside writers and readers.
 *
 * <ol>
 *   <li>It marks what snapshots need, and condemns the packs of which too little is needed: writers
 *       that begin from now on do not refer to them.
 *   <li>When all writers that began before have ended, it marks again, copies what is needed of the
 *       condemned packs into new ones, and dooms the old: readers that begin from now on do not use
 *       them.
 *   <li>When all readers and writers that began before have ended, it deletes them. Writers, too:
 *       one that began after the condemnation refers to nothing of them, but its index has them.
 * </ol>
 *
 * Killed anywhere, it leaves packs that are condemned or doomed, and chunks that are there twice;
 * the next run goes on from there. Takes a bit of memory for each chunk.
 */
public final class Collector {

    /** A pack of which less than this part is needed is rewritten. */
    public static final double LIVE_RATIO = 0.7;

    /**
     * Small packs are merged when there are so many: each costs a file, an open and a mapping, and
     * many small imports leave many.
     */
    static final int SMALL_PACKS_MIN = 8;

    /** A pack is small that has less than this part of a full one's bytes. */
    private static final int SMALL_PART = 8;

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
            Set<String> before = survey.index().packNames();
            List<CountingSink> counted = new ArrayList<>();
            Set<String> doomed = rewrite(live, condemned, () -> counting(counted), cancel);
            doomed.addAll(state.doomed());
            long written = 0;
            for (CountingSink sink : counted) {
                written += sink.bytes();
            }
            return result(before, doomed, condemned.size(), written, state);
        }
    }

    private CountingSink counting(List<CountingSink> all) {
        CountingSink sink = new CountingSink(ChunkSession.Limits.NONE, blobs.key());
        synchronized (all) {
            all.add(sink);
        }
        return sink;
    }

    /**
     * Collects.
     *
     * @throws StoreException of kind BUSY if another collector is at work; of kind MISSING or
     *     CORRUPT if a snapshot cannot be gone through: then nothing is deleted
     */
    public CollectionResult run(CancelToken cancel) throws IOException {
        try (ChunkSession.Loading _ = ChunkSession.load();
                StoreLease own = store.lease(StoreLease.Kind.COLLECTOR)) {
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
     * Packs of which too little is needed, those that were condemned before, and small ones that
     * are merged.
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
                            PackReader pack = isCondemned ? null : checkedOrNull(index, (int) slot);
                            boolean isGarbage =
                                    pack != null && isMostlyGarbage(live, (int) slot, pack);
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

    /** A pack, or null for a damaged one: that is for a repair to take away. */
    private static @Nullable PackReader checkedOrNull(ChunkIndex index, int slot)
            throws IOException {
        try {
            return index.checkedPack(slot);
        } catch (StoreException e) {
            return null;
        }
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

    private boolean isMostlyGarbage(LiveChunks live, int slot, PackReader pack) {
        long all = 0;
        long needed = 0;
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            int bytes = pack.chunkLength(chunk);
            all += bytes;
            needed += live.isLive(slot, chunk) ? bytes : 0;
        }
        return needed < all * liveRatio || all == 0;
    }

    /** Copies what is needed of the condemned packs, and dooms those that are not needed then. */
    private CollectionResult replace(
            LiveChunks live, CollectionState state, StoreLease own, CancelToken cancel)
            throws IOException {
        ChunkIndex index = live.index();
        try (ChunkSession session =
                new ChunkSession(blobs, index, null, store.properties(), limits, null)) {
            Set<String> condemned = new TreeSet<>(state.condemned());
            Set<String> before = index.packNames();
            Set<String> doomed = rewrite(live, condemned, session::newLane, cancel);
            session.commit();
            doomed.addAll(state.doomed());
            CollectionResult result =
                    result(before, doomed, condemned.size(), session.storedBytes(), state);
            CollectionState.update(
                    blobs,
                    now -> {
                        own.confirm();
                        Set<String> all = new TreeSet<>(now.doomed());
                        all.addAll(doomed);
                        return new CollectionState(now.epoch() + 1, now.condemned(), all);
                    });
            return result;
        }
    }

    /** Where the frames of each new pack go. */
    @FunctionalInterface
    private interface Sinks {
        FrameSink create() throws IOException;
    }

    /**
     * Copies what is needed of some packs.
     *
     * @param names in the end those that cannot go because of damage
     * @return names of those that can go
     */
    private Set<String> rewrite(LiveChunks live, Set<String> names, Sinks sinks, CancelToken cancel)
            throws IOException {
        ChunkIndex index = live.index();
        List<Integer> slots = new ArrayList<>();
        for (int slot = 0; slot < index.packs(); slot++) {
            if (names.contains(index.packName(slot))) {
                slots.add(slot);
            }
        }
        slots.sort(Comparator.comparing(index::packName));
        List<List<RewritePlan.Piece>> packs =
                RewritePlan.of(live, slots, limits, threads, cancel).packs();
        Set<Integer> damaged = ConcurrentHashMap.newKeySet();
        Workers.run(
                "quarry-gc",
                packs.size(),
                threads,
                cancel,
                () -> pack -> damaged.addAll(rewrite(live, packs.get((int) pack), sinks, cancel)));
        Set<String> done = new TreeSet<>();
        for (int slot : slots) {
            if (!damaged.contains(slot)) {
                done.add(index.packName(slot));
            }
        }
        names.removeAll(done);
        for (int slot : damaged) {
            done.removeAll(otherCopies(live, slot));
        }
        names.retainAll(index.packNames());
        return done;
    }

    /**
     * Makes one new pack.
     *
     * @return slots of packs that have something damaged that is needed: they stay, condemned,
     *     until they are repaired
     */
    private Set<Integer> rewrite(
            LiveChunks live, List<RewritePlan.Piece> pieces, Sinks sinks, CancelToken cancel)
            throws IOException {
        Set<Integer> damaged = new HashSet<>();
        try (FrameSink sink = sinks.create();
                PackRewriter rewriter = new PackRewriter(sink, store.properties())) {
            for (RewritePlan.Piece piece : pieces) {
                cancel.check();
                int slot = piece.slot();
                if (damaged.contains(slot)) {
                    continue;
                }
                try {
                    rewriter.copy(
                            live.index().pack(slot),
                            piece.from(),
                            piece.to(),
                            chunk -> live.isLive(slot, chunk));
                } catch (StoreException e) {
                    damaged.add(slot);
                }
            }
            rewriter.flush();
            sink.end();
        }
        return damaged;
    }

    /** Names of packs that have another copy of something that is needed of a damaged one. */
    private static Set<String> otherCopies(LiveChunks live, int slot) throws IOException {
        ChunkIndex index = live.index();
        PackReader pack;
        try {
            pack = index.checkedPack(slot);
        } catch (StoreException e) {
            // Nobody knows what it has.
            return new TreeSet<>(index.packNames());
        }
        Set<String> names = new TreeSet<>();
        byte[] id = new byte[Grid.DIGEST_BYTES];
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            if (live.isLive(slot, chunk)) {
                pack.copyId(chunk, id);
                long copy = index.find(id, pack.kindOf(chunk), (other, _) -> other == slot);
                if (copy != ChunkIndex.NOWHERE) {
                    names.add(index.packName(ChunkIndex.slotOf(copy)));
                }
            }
        }
        return names;
    }

    private CollectionResult result(
            Set<String> before, Set<String> doomed, int kept, long written, CollectionState state)
            throws IOException {
        long bytes = 0;
        long deletedPacks = 0;
        long deletedBytes = 0;
        List<String> there = new ArrayList<>(before);
        there.addAll(state.doomed());
        for (String name : there) {
            long size;
            try (Blob blob = blobs.open(ChunkIndex.packBlob(name))) {
                size = blob.size();
            } catch (NoSuchFileException e) {
                continue;
            }
            bytes += size;
            if (doomed.contains(name)) {
                deletedPacks++;
                deletedBytes += size;
            }
        }
        return new CollectionResult(
                there.size(), bytes, deletedPacks, deletedBytes, written, kept, 0, 0);
    }

    /** Deletes doomed packs, and what is noted of them. */
    static void delete(BlobStore blobs, Set<String> doomed, StoreLease own) throws IOException {
        blobs.deleteAll(ChunkIndex.packBlobs(doomed));
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
