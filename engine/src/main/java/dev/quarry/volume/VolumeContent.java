package dev.quarry.volume;

import dev.quarry.block.BlockTarget;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;

import java.io.IOException;

/** Rebuilds the content of snapshots; what the executor of a launch stands on. Thread-safe. */
@FunctionalInterface
public interface VolumeContent {

    /**
     * Writes the whole content of a snapshot and makes everything behind it read as zeros, up to
     * {@code target.size()}. Does not commit.
     *
     * @param root the snapshot's root, in hex
     * @param target at least as large as the snapshot
     */
    void rebuild(String root, BlockTarget target, ProgressListener listener, CancelToken cancel)
            throws IOException;
}
