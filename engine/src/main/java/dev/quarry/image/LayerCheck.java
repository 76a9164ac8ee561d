package dev.quarry.image;

import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Checks one layer of an image by asking where each of its bytes is, and decoding what is
 * compressed: for formats without reference counts. What is stored as it is holds nothing to check
 * and is not read.
 */
public final class LayerCheck {

    private static final long PAGE_BYTES = 64L << 20;
    private static final int UNIT_BYTES_MAX = 1 << 20;

    private final DiskImage image;
    private final long unitBytes;
    private final Consumer<String> findings;
    private final CancelToken cancel;
    private final AtomicLong corruptions = new AtomicLong();

    private LayerCheck(DiskImage image, Consumer<String> findings, CancelToken cancel) {
        this.image = image;
        this.unitBytes = Math.max(1 << 16, image.info().clusterSize());
        this.findings = findings;
        this.cancel = cancel;
    }

    /**
     * Checks a layer, on all processors.
     *
     * @param image its backing images are not looked at
     * @param findings hears of each, one call at a time
     */
    public static CheckReport check(DiskImage image, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        LayerCheck check = new LayerCheck(image, findings, cancel);
        Workers.run(
                "check",
                Math.ceilDiv(image.size(), PAGE_BYTES),
                Workers.defaultThreads(),
                cancel,
                check::newWorker);
        return CheckReport.ofErrors(0, check.corruptions.get());
    }

    private Workers.Worker newWorker() {
        return new PageWorker();
    }

    private final class PageWorker implements Workers.Worker {

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment buffer = arena.allocate(UNIT_BYTES_MAX);

        @Override
        public void work(long index) throws IOException {
            long offset = index * PAGE_BYTES;
            long end = Math.min(offset + PAGE_BYTES, image.size());
            while (offset < end) {
                cancel.check();
                long next = (offset / unitBytes + 1) * unitBytes;
                try {
                    Mapping mapping = image.allocation(offset, end);
                    next = mapping.end();
                    if (mapping instanceof Mapping.Encoded) {
                        image.read(offset, buffer.asSlice(0, mapping.length()));
                    }
                } catch (ImageException e) {
                    found(e);
                }
                offset = Math.min(next, end);
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private synchronized void found(ImageException e) {
        corruptions.incrementAndGet();
        findings.accept("error: " + e.getMessage());
    }
}
