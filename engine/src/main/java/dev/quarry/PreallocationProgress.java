package dev.quarry;

import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Tells how far a preallocation is that writes zeros, and ends it; others are over at once. */
final class PreallocationProgress implements OutputFile.Filling {

    private final ProgressListener listener;
    private final long total;
    private final CancelToken cancel;
    private @Nullable ProgressMeter meter;

    /**
     * @param total bytes to make room for
     */
    PreallocationProgress(ProgressListener listener, long total, CancelToken cancel) {
        this.listener = listener;
        this.total = total;
        this.cancel = cancel;
    }

    @Override
    public void filled(long bytes) throws IOException {
        cancel.check();
        if (meter == null) {
            meter = new ProgressMeter(listener, total);
        }
        meter.add(bytes);
    }

    /** Everything is done; says so only if something was said before. */
    void finish() {
        if (meter != null) {
            meter.finish();
        }
    }
}
