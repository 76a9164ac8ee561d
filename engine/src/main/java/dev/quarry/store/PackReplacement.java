package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Puts new packs in the place of old ones: what is needed of these is copied, or left where it
 * stands and {@linkplain TrimmedPack the rest taken out}. What becomes of a pack follows from the
 * store and what is needed alone, so that a rehearsal says it.
 */
final class PackReplacement {

    private final ChunkStore store;
    private final BlobStore blobs;
    private final LiveChunks live;
    private final double liveRatio;
    private final int threads;
    private final ChunkSession.Limits limits;

    /**
     * @param live what is needed
     */
    PackReplacement(
            ChunkStore store,
            LiveChunks live,
            double liveRatio,
            int threads,
            ChunkSession.Limits limits) {
        this.store = store;
        this.blobs = store.blobs();
        this.live = live;
        this.liveRatio = liveRatio;
        this.threads = threads;
        this.limits = limits;
    }

    /** Where what is needed of the packs goes that are to be deleted. */
    interface Target {

        /** Begins a pack; closed by the caller. */
        FrameSink newPack() throws IOException;

        /** Lets a pack stand on the frames of an old one. */
        void trim(TrimmedPack.Plan plan) throws IOException;
    }

    /** Counts what would be written. */
    static final class Rehearsal implements Target {
        private final @Nullable StoreKey key;
        private final List<CountingSink> sinks = new ArrayList<>();

        Rehearsal(@Nullable StoreKey key) {
            this.key = key;
        }

        @Override
        public synchronized FrameSink newPack() {
            CountingSink sink = new CountingSink(ChunkSession.Limits.NONE, key);
            sinks.add(sink);
            return sink;
        }

        @Override
        public void trim(TrimmedPack.Plan plan) {
            // What it says is all that is asked.
        }

        long bytes() {
            return sinks.stream().mapToLong(CountingSink::bytes).sum();
        }
    }

    /** Writes into a session. */
    record Writing(ChunkSession session, BlobStore blobs, StoreLease lease) implements Target {

        @Override
        public FrameSink newPack() throws IOException {
            return session.newLane();
        }

        @Override
        public void trim(TrimmedPack.Plan plan) throws IOException {
            TrimmedPack.make(plan, blobs, lease, session);
        }
    }

    /**
     * Packs that are not needed any more.
     *
     * @param names of all of them
     * @param trimmed those on whose frames another stands now
     */
    record Result(Set<String> names, List<TrimmedPack.Plan> trimmed) {

        Set<String> trimmedNames() {
            Set<String> all = new HashSet<>();
            for (TrimmedPack.Plan plan : trimmed) {
                all.add(plan.pack().name());
            }
            return all;
        }
    }

    /**
     * Copies or trims what is needed of some packs.
     *
     * @param names in the end those that cannot go because of damage
     * @return those that can go
     */
    Result run(Set<String> names, Target target, CancelToken cancel) throws IOException {
        ChunkIndex index = live.index();
        List<Integer> slots = new ArrayList<>();
        for (int slot = 0; slot < index.packs(); slot++) {
            if (names.contains(index.packName(slot))) {
                slots.add(slot);
            }
        }
        slots.sort(Comparator.comparing(index::packName));
        Map<Integer, TrimmedPack.Plan> trims = trims(slots, cancel);
        Set<Integer> damaged =
                rewriteAll(
                        slots.stream().filter(slot -> !trims.containsKey(slot)).toList(),
                        target,
                        cancel);
        Set<String> done = new TreeSet<>();
        for (int slot : slots) {
            if (!damaged.contains(slot)) {
                done.add(index.packName(slot));
            }
        }
        names.removeAll(done);
        for (int slot : damaged) {
            done.removeAll(otherCopies(slot));
        }
        names.retainAll(index.packNames());
        trims.values().removeIf(plan -> !done.contains(plan.pack().name()));
        List<TrimmedPack.Plan> trimmed = List.copyOf(trims.values());
        Workers.run(
                "quarry-gc",
                trimmed.size(),
                threads,
                cancel,
                () -> plan -> target.trim(trimmed.get((int) plan)));
        return new Result(done, trimmed);
    }

    /** How packs are trimmed, by their slots; one that is not there is written anew. */
    private Map<Integer, TrimmedPack.Plan> trims(List<Integer> slots, CancelToken cancel)
            throws IOException {
        Map<Integer, TrimmedPack.Plan> trims = new ConcurrentSkipListMap<>();
        Workers.run(
                "quarry-gc",
                slots.size(),
                threads,
                cancel,
                () ->
                        number -> {
                            int slot = slots.get((int) number);
                            TrimmedPack.Plan plan = trimOrNull(slot);
                            if (plan != null) {
                                trims.put(slot, plan);
                            }
                        });
        return trims;
    }

    /** How a pack is trimmed, or null if it is damaged or better written anew. */
    TrimmedPack.@Nullable Plan trimOrNull(int slot) throws IOException {
        PackReader pack = live.hasAny(slot) ? checkedOrNull(live.index(), slot) : null;
        if (pack == null || !blobs.canDiscard(TrimmedPack.framesOf(pack))) {
            return null;
        }
        return TrimmedPack.plan(
                pack,
                chunk -> live.isLive(slot, chunk),
                liveRatio,
                limits.packBytes() / Collector.SMALL_PART);
    }

    /** Copies what is needed of packs, and gives the slots of damaged ones. */
    private Set<Integer> rewriteAll(List<Integer> slots, Target target, CancelToken cancel)
            throws IOException {
        Set<Integer> damaged = ConcurrentHashMap.newKeySet();
        if (slots.stream().noneMatch(live::hasAny)) {
            return damaged;
        }
        try (ChunkSession.Loading _ = ChunkSession.load()) {
            List<List<RewritePlan.Piece>> packs =
                    RewritePlan.of(live, slots, limits, threads, cancel).packs();
            Workers.run(
                    "quarry-gc",
                    packs.size(),
                    threads,
                    cancel,
                    () -> pack -> damaged.addAll(rewrite(packs.get((int) pack), target, cancel)));
        }
        return damaged;
    }

    /**
     * Makes one new pack.
     *
     * @return slots of packs that have something damaged that is needed: they stay, condemned,
     *     until they are repaired
     */
    private Set<Integer> rewrite(List<RewritePlan.Piece> pieces, Target target, CancelToken cancel)
            throws IOException {
        Set<Integer> damaged = new HashSet<>();
        try (FrameSink sink = target.newPack();
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
    private Set<String> otherCopies(int slot) throws IOException {
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

    /** A pack, or null for a damaged one: that is for a repair to take away. */
    static @Nullable PackReader checkedOrNull(ChunkIndex index, int slot) throws IOException {
        try {
            return index.checkedPack(slot);
        } catch (StoreException e) {
            return null;
        }
    }
}
