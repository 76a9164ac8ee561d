package dev.quarry.job;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs numbered pieces of work on a bounded number of platform threads, of which the caller is one.
 * Each thread has a {@link Worker} of its own, and with it its own buffers, so memory grows with
 * threads and not with work. Pieces are handed out in ascending order. The first failure stops the
 * others between two pieces and is thrown.
 */
public final class Workers {

    /** What one thread does. Used by that thread alone, and closed by it. */
    public interface Worker extends Closeable {

        /**
         * Does piece {@code index}.
         *
         * @throws CancelledException if the token asked for it, or another worker failed and will
         *     say so
         */
        void work(long index) throws IOException;

        /** Whether no piece is left, although the count has not been reached. */
        default boolean isDone() {
            return false;
        }

        @Override
        default void close() throws IOException {}
    }

    /** Makes a worker for a thread, on that thread. */
    @FunctionalInterface
    public interface WorkerFactory {
        Worker create() throws IOException;
    }

    private final AtomicLong next = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final long count;
    private final CancelToken cancel;
    private final WorkerFactory factory;

    private Workers(long count, CancelToken cancel, WorkerFactory factory) {
        this.count = count;
        this.cancel = cancel;
        this.factory = factory;
    }

    /** One thread for each processor that the JVM may use. */
    public static int defaultThreads() {
        return Runtime.getRuntime().availableProcessors();
    }

    /**
     * Does pieces 0 to {@code count - 1} and returns when all are done.
     *
     * @param name names the threads
     * @param threads at most so many at once, at least 1
     * @throws CancelledException if {@code cancel} asked for it
     * @throws IOException the first failure, with the others suppressed
     */
    public static void run(
            String name, long count, int threads, CancelToken cancel, WorkerFactory factory)
            throws IOException {
        Workers workers = new Workers(count, cancel, factory);
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < Math.min(threads, count); i++) {
            others.add(Thread.ofPlatform().daemon().name(name + "-" + i).start(workers::loop));
        }
        workers.loop();
        boolean interrupted = false;
        for (Thread thread : others) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    // The others must be done before the caller lets go of what they use; the flag
                    // is handed on.
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        workers.rethrow();
    }

    /**
     * Runs workers that deal out their pieces themselves, until all of them {@linkplain
     * Worker#isDone are done}.
     *
     * @param threads at most so many at once, at least 1
     */
    public static void runUntilDone(
            String name, int threads, CancelToken cancel, WorkerFactory factory)
            throws IOException {
        run(name, Long.MAX_VALUE, threads, cancel, factory);
    }

    private void loop() {
        try (Worker worker = factory.create()) {
            while (failure.get() == null && !worker.isDone()) {
                cancel.check();
                long index = next.getAndIncrement();
                if (index >= count) {
                    return;
                }
                worker.work(index);
            }
        } catch (Throwable t) {
            if (t instanceof CancelledException && !cancel.isCancelled()) {
                return; // It waited for another one, whose failure is the one that counts.
            }
            Throwable first = failure.compareAndExchange(null, t);
            if (first != null && !first.equals(t) && !(t instanceof CancelledException)) {
                first.addSuppressed(t);
            }
        }
    }

    private void rethrow() throws IOException {
        Throwable first = failure.get();
        if (first == null) {
            return; // Before the switch, whose class the JVM makes at run time.
        }
        switch (first) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(first);
        }
    }
}
