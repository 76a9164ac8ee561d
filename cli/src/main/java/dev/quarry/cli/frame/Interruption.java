package dev.quarry.cli.frame;

import dev.quarry.job.CancelToken;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGINT and SIGTERM into a cancel: the JVM's shutdown waits until the command has undone
 * what it began. The JVM then exits as a shell expects, with 130 or 143.
 */
public final class Interruption implements AutoCloseable {

    /**
     * A cancelled command notices between two blocks of work; what takes longer hangs in the
     * kernel, and waiting more does not help it.
     */
    private static final long PATIENCE_SECONDS = 30;

    private final CancelToken token = new CancelToken();
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::cancelAndWait, "quarry-interrupted");

    private Interruption() {}

    /** Begins to listen, until it is closed. */
    public static Interruption begin() {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** What the command checks. */
    public CancelToken token() {
        return token;
    }

    private void cancelAndWait() {
        // Chronicle, if it is being loaded, fails in a thread of its own: a JVM that ends takes no
        // hooks any more.
        Thread.setDefaultUncaughtExceptionHandler((_, _) -> {});
        token.cancel();
        try {
            if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("quarry: not done cleaning up, and exiting all the same");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is shutting down: the hook runs, and has just been told.
        }
    }
}
