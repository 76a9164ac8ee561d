package dev.quarry.job;

/**
 * Adds up what several threads have done and tells a listener about ten times a second.
 * Thread-safe.
 */
public final class ProgressMeter {

    /** Often enough for a smooth bar, seldom enough to cost nothing. */
    private static final long INTERVAL_NANOS = 100_000_000;

    private final ProgressListener listener;
    private final long totalBytes;
    private long doneBytes;
    private long toldNanos;

    /**
     * @param totalBytes guest bytes of the whole operation
     */
    public ProgressMeter(ProgressListener listener, long totalBytes) {
        this.listener = listener;
        this.totalBytes = totalBytes;
        this.toldNanos = System.nanoTime();
        listener.progress(0, totalBytes);
    }

    /** Counts {@code bytes} more as done; of the last piece, what the operation has of it. */
    public synchronized void add(long bytes) {
        doneBytes = Math.min(totalBytes, doneBytes + bytes);
        long now = System.nanoTime();
        if (now - toldNanos >= INTERVAL_NANOS) {
            toldNanos = now;
            listener.progress(doneBytes, totalBytes);
        }
    }

    /** Tells the listener that everything is done. */
    public synchronized void finish() {
        doneBytes = totalBytes;
        listener.progress(totalBytes, totalBytes);
    }
}
