package dev.quarry.job;

import java.util.ArrayList;
import java.util.List;

/**
 * Asks a running operation to stop. Any thread may call {@link #cancel} at any time; the operation
 * notices between two blocks of work, undoes what it began, and throws {@link CancelledException}.
 * Threads are never interrupted: that would close the files they read.
 */
public final class CancelToken {

    private final List<Runnable> actions = new ArrayList<>();
    private volatile boolean cancelled;

    /** Asks the operation to stop. Calling it again, or after the end, does nothing. */
    public synchronized void cancel() {
        if (!cancelled) {
            cancelled = true;
            actions.forEach(Runnable::run);
        }
    }

    /**
     * Has something done at the cancel, at once if that was before.
     *
     * @param action ends what would keep the operation from noticing; for any thread
     */
    public synchronized void onCancel(Runnable action) {
        if (cancelled) {
            action.run();
        } else {
            actions.add(action);
        }
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * @throws CancelledException if {@link #cancel} was called
     */
    public void check() throws CancelledException {
        if (cancelled) {
            throw new CancelledException();
        }
    }
}
