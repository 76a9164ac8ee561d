package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

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
        void mark(LiveChunks live) throws IOException;
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
    private final ChunkSession.Limits limits;

    public Collector(ChunkStore store, Roots roots, double liveRatio) {
        this(store, roots, liveRatio, ChunkSession.Limits.USUAL);
    }

    Collector(ChunkStore store, Roots roots, double liveRatio, ChunkSession.Limits limits) {
        this.store = store;
        this.blobs = store.blobs();
        this.roots = roots;
        this.liveRatio = liveRatio;
        this.limits = limits;
    }

    /** Says what {@link #run} would do now; changes nothing. */
    public CollectionResult dryRun() throws IOException {
        CollectionState state = CollectionState.read(blobs);
        Needs needs = roots.list();
        try (ChunkIndex index = ChunkIndex.open(blobs, ChunkIndex.packBlobs(state.doomed()))) {
            LiveChunks live = mark(needs, index, state);
            Set<String> condemned = condemned(live, state);
            CountingSink counting = new CountingSink(limits, blobs.key());
            Set<String> before = index.packNames();
            Set<String> doomed = rewrite(live, condemned, counting);
            doomed.addAll(state.doomed());
            return result(before, doomed, condemned.size(), counting.bytes(), state);
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
            CollectionState condemning = condemn(own);
            CollectionResult result;
            watch.await(StoreLease.Kind.WRITER, condemning.epoch(), cancel);
            roots.settle();
            result = replace(condemning, own, cancel);
            CollectionState dooming = CollectionState.read(blobs);
            awaitUsers(watch, dooming.epoch(), cancel);
            delete(blobs, dooming.doomed(), own);
            return result;
        }
    }

    /** Waits for everybody who may open a pack that was doomed in an epoch. */
    static void awaitUsers(LeaseWatch watch, long epoch, CancelToken cancel) throws IOException {
        watch.await(StoreLease.Kind.WRITER, epoch, cancel);
        watch.await(StoreLease.Kind.READER, epoch, cancel);
    }

    private static LiveChunks mark(Needs needs, ChunkIndex index, CollectionState state)
            throws IOException {
        LiveChunks live = new LiveChunks(index, index.excluding(state.condemned()));
        needs.mark(live);
        return live;
    }

    /**
     * A collector whose lease was revoked changes nothing: its lease is looked at between reading
     * and replacing the state, so that who revokes it and changes the state then is not overtaken.
     */
    private CollectionState condemn(StoreLease own) throws IOException {
        CollectionState state = CollectionState.read(blobs);
        Set<String> names;
        Needs needs = roots.list();
        try (ChunkIndex index = ChunkIndex.open(blobs, ChunkIndex.packBlobs(state.doomed()))) {
            names = condemned(mark(needs, index, state), state);
        }
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
    private Set<String> condemned(LiveChunks live, CollectionState state) throws IOException {
        ChunkIndex index = live.index();
        Set<String> names = new TreeSet<>();
        int packs = index.packs();
        List<PackReader> small = new ArrayList<>();
        for (int slot = 0; slot < packs; slot++) {
            String name = index.packName(slot);
            if (state.condemned().contains(name)) {
                names.add(name);
                continue;
            }
            PackReader pack;
            try {
                pack = index.checkedPack(slot);
            } catch (StoreException e) {
                // What is damaged is for a repair to take away.
                continue;
            }
            if (isMostlyGarbage(live, slot, pack)) {
                names.add(name);
            } else if (pack.size() < limits.packBytes() / SMALL_PART) {
                small.add(pack);
            }
        }
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
    private CollectionResult replace(CollectionState state, StoreLease own, CancelToken cancel)
            throws IOException {
        Needs needs = roots.list();
        try (ChunkIndex index = ChunkIndex.open(blobs, ChunkIndex.packBlobs(state.doomed()));
                ChunkSession session =
                        new ChunkSession(blobs, index, null, store.properties(), limits, null)) {
            LiveChunks live = mark(needs, index, state);
            cancel.check();
            Set<String> condemned = new TreeSet<>(state.condemned());
            Set<String> before = index.packNames();
            Set<String> doomed = rewrite(live, condemned, session);
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

    /**
     * Copies what is needed of some packs.
     *
     * @param names in the end those that cannot go because of damage
     * @return names of those that can go
     */
    private Set<String> rewrite(LiveChunks live, Set<String> names, FrameSink sink)
            throws IOException {
        Set<String> done = new TreeSet<>();
        List<Integer> damaged = new ArrayList<>();
        ChunkIndex index = live.index();
        List<Integer> slots = new ArrayList<>();
        for (int slot = 0; slot < index.packs(); slot++) {
            if (names.contains(index.packName(slot))) {
                slots.add(slot);
            }
        }
        slots.sort(Comparator.comparing(index::packName));
        try (PackRewriter rewriter = new PackRewriter(sink, store.properties())) {
            for (int slot : slots) {
                String name = index.packName(slot);
                try {
                    if (live.hasAny(slot)) {
                        rewriter.copy(index.pack(slot), chunk -> live.isLive(slot, chunk));
                    }
                    done.add(name);
                    names.remove(name);
                } catch (StoreException e) {
                    // It stays, condemned, until it is repaired.
                    damaged.add(slot);
                }
            }
        }
        for (int slot : damaged) {
            done.removeAll(otherCopies(live, slot));
        }
        names.retainAll(index.packNames());
        return done;
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
        for (String name : doomed) {
            blobs.delete(ChunkIndex.packBlob(name));
        }
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
