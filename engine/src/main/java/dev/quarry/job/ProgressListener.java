package dev.quarry.job;

/**
 * Told how far a long operation has come. Called from worker threads, one call at a time for each
 * operation and at most about ten times a second, so it must return quickly. What it throws ends
 * the operation.
 */
@FunctionalInterface
public interface ProgressListener {

    /**
     * @param doneBytes guest bytes dealt with so far; holes count as they are passed
     * @param totalBytes guest bytes in all
     */
    void progress(long doneBytes, long totalBytes);

    /** A listener that ignores what it hears. */
    static ProgressListener none() {
        return (doneBytes, totalBytes) -> {};
    }
}
