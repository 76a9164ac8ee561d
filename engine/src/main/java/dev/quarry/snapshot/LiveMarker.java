package dev.quarry.snapshot;

import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.Workers;
import dev.quarry.store.LiveChunks;
import dev.quarry.store.StoreException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;

/**
 * Marks what snapshots need, on several threads. Subtrees that several share are gone through once,
 * by the thread that comes first. What waits is taken from the end, so that memory grows with the
 * height of the trees and the threads.
 */
public final class LiveMarker {

    /** Level of a root: its top node's level stands in it. */
    private static final int ROOT = -1;

    private final LiveChunks live;
    private final int threads;
    private final CancelToken cancel;
    private final Deque<Subtree> waiting = new ArrayDeque<>();
    private boolean passesOverMissing;
    private int busy;

    private record Subtree(byte[] id, int level) {}

    public LiveMarker(LiveChunks live, int threads, CancelToken cancel) {
        this.live = live;
        this.threads = threads;
        this.cancel = cancel;
    }

    /**
     * Marks snapshots' trees. A marker that has failed is not used again.
     *
     * @param roots ids of their roots, in hex
     * @throws StoreException of kind MISSING or CORRUPT if one cannot be gone through
     */
    public void mark(Collection<String> roots) throws IOException {
        run(roots);
    }

    /** As {@link #mark}, and passes over what is missing. */
    public void markWhatIsThere(Collection<String> roots) throws IOException {
        passesOverMissing = true;
        run(roots);
    }

    private void run(Collection<String> roots) throws IOException {
        if (roots.isEmpty()) {
            return;
        }
        for (String root : roots) {
            waiting.add(new Subtree(HexFormat.of().parseHex(root), ROOT));
        }
        Workers.run("quarry-mark", Long.MAX_VALUE, threads, cancel, Visitor::new);
    }

    /** What is to be visited next, or null when all is done; waits for what others may find. */
    private synchronized @Nullable Subtree take() throws CancelledException {
        while (waiting.isEmpty() && busy > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException();
            }
        }
        busy++;
        return waiting.pollLast();
    }

    private synchronized void add(List<Subtree> found) {
        waiting.addAll(found);
        notifyAll();
    }

    private synchronized void end() {
        busy--;
        notifyAll();
    }

    /** One thread's part. */
    private final class Visitor implements Workers.Worker {
        private boolean isDone;

        @Override
        public void work(long index) throws IOException {
            Subtree next = take();
            try {
                isDone = next == null;
                if (next != null) {
                    visit(next);
                }
            } finally {
                end();
            }
        }

        @Override
        public boolean isDone() {
            return isDone;
        }

        private void visit(Subtree subtree) throws IOException {
            byte[] node = markNode(subtree.id());
            if (node == null) {
                return;
            }
            if (subtree.level() == ROOT) {
                SnapshotRoot root =
                        SnapshotRoot.decode(node, HexFormat.of().formatHex(subtree.id()));
                if (!TreeBuilder.isZero(root.top())) {
                    add(List.of(new Subtree(root.top(), root.levels())));
                }
            } else if (subtree.level() > 0) {
                InnerNode inner = new InnerNode(node, subtree.level());
                List<Subtree> found = new ArrayList<>(inner.children());
                for (int i = 0; i < inner.children(); i++) {
                    found.add(new Subtree(inner.id(i), subtree.level() - 1));
                }
                add(found);
            } else {
                LeafCursor leaf = new LeafCursor(node);
                while (leaf.next()) {
                    markChunk(leaf.id());
                }
            }
        }

        private byte @Nullable [] markNode(byte[] id) throws IOException {
            try {
                return live.markNode(id);
            } catch (StoreException e) {
                return nothing(e);
            }
        }

        private void markChunk(byte[] id) throws IOException {
            try {
                live.markChunk(id);
            } catch (StoreException e) {
                nothing(e);
            }
        }

        private byte @Nullable [] nothing(StoreException e) throws StoreException {
            if (passesOverMissing && e.kind() == StoreException.Kind.MISSING) {
                return null;
            }
            throw e;
        }
    }
}
