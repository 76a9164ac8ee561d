package dev.quarry.benchmarks.micro;

import org.jspecify.annotations.Nullable;

/**
 * What the benchmark of this fork is measured by. A benchmark's set-up sets it; {@link
 * LimitProfiler} asks for it.
 *
 * @param operationBytes bytes that one operation of the benchmark deals with
 * @param limit what the machine can do at best
 */
public record Yardstick(long operationBytes, RawLimit limit) {

    private static volatile @Nullable Yardstick current;

    /** Sets the yardstick of this fork. */
    public static void use(long operationBytes, RawLimit limit) {
        current = new Yardstick(operationBytes, limit);
    }

    /** The yardstick of this fork, or null if its benchmark does not deal with bytes. */
    static @Nullable Yardstick current() {
        return current;
    }
}
