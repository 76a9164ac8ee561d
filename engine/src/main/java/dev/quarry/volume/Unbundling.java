package dev.quarry.volume;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.StreamedDisk;
import dev.quarry.bundle.Bundle;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;

import java.io.IOException;

/** Writes bundled disks into targets. */
public final class Unbundling {

    /** Decompressing is one thread's work; the others look for zeros and write. */
    private static final int THREADS = 2;

    private Unbundling() {}

    /**
     * Writes the whole disk of a bundle, and compares each part with its digest. Does not commit.
     *
     * @param target at least as large as the disk
     */
    public static void write(
            Bundle bundle, BlockTarget target, ProgressListener listener, CancelToken cancel)
            throws IOException {
        try (StreamedDisk disk =
                new StreamedDisk(
                        bundle.disk(), bundle.file().toString(), bundle.manifest().sizeBytes())) {
            Copier.copy(disk, target, THREADS, listener, cancel);
            disk.finish();
        }
    }
}
