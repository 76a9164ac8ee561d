package dev.quarry.snapshot;

import java.io.IOException;

/**
 * That a disk began as a snapshot, and what of it may have changed since.
 *
 * @param root of that snapshot, in hex
 * @param changes tells what may have changed
 */
public record Increment(String root, Changes changes) {

    /** Tells what may have changed. Thread-safe. */
    @FunctionalInterface
    public interface Changes {

        /**
         * Whether anything in a range of the disk may be unlike the snapshot; what lies behind the
         * snapshot's end was zeros.
         */
        boolean any(long offset, long limit) throws IOException;
    }
}
