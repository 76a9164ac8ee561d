package dev.quarry.formats;

import com.sun.management.ThreadMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What opening an image may cost, whatever is in it, well-formed or not. {@link Images} and {@link
 * Fuzzing} hold what they open against it, files and streams. Counted is all that the calling
 * thread allocates on the heap, dead or alive, and its processor time, which does not grow on a
 * machine that is busy or stopped: no opening uses another thread. Native memory, and what reading
 * takes later, are not counted.
 */
public final class OpeningBudget {

    /** Heap bytes. */
    private static final long BYTES_MAX = 256 << 20;

    private static final long SECONDS_MAX = 10;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private OpeningBudget() {}

    /** Opens something. */
    @FunctionalInterface
    public interface Opening<T> {
        T open() throws IOException;
    }

    /**
     * Runs an opening, and fails if it took more than it may, even if it refuses the image.
     *
     * @param path for the message
     */
    public static <T> T keep(Path path, Opening<T> opening) throws IOException {
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long nanos = THREADS.getCurrentThreadCpuTime();
        T opened;
        try {
            opened = opening.open();
        } catch (IOException e) {
            check(path, bytes, nanos);
            throw e;
        }
        check(path, bytes, nanos);
        return opened;
    }

    private static void check(Path path, long bytesBefore, long nanosBefore) {
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - bytesBefore;
        long seconds =
                TimeUnit.NANOSECONDS.toSeconds(THREADS.getCurrentThreadCpuTime() - nanosBefore);
        if (bytes > BYTES_MAX || seconds >= SECONDS_MAX) {
            throw new AssertionError(
                    "opening took " + bytes + " bytes and " + seconds + " s: " + path);
        }
    }
}
