package dev.quarry.job;

/**
 * Asks a running operation to stop. Any thread may call {@link #cancel} at any time; the operation
 * notices between two blocks of work, undoes what it began, and throws {@link CancelledException}.
 * Threads are never interrupted: that would close the files they read.
 */
public final class CancelToken {

    private volatile boolean cancelled;

    /** Asks the operation to stop. Calling it again, or after the end, does nothing. */
    public void cancel() {
        cancelled = true;
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
