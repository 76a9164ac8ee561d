package dev.quarry.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Disks that overlays stand on. */
final class BaseImagesTest {

    private static final int DELETIONS = 3;

    private static final byte[] DISK = {1, 2, 3, 4};

    @TempDir Path folder;

    BaseImagesTest() {}

    /** A collection may take a base away as soon as it is there: no volume is recorded yet. */
    @Test
    void whatIsTakenAwayMeanwhileIsMadeAgain() throws Exception {
        AtomicInteger made = new AtomicInteger();
        BaseImages bases =
                new BaseImages(
                        folder,
                        (root, target, listener, cancel) -> {
                            made.incrementAndGet();
                            target.write(0, MemorySegment.ofArray(DISK));
                        });
        Path base = folder.resolve("ab.raw");
        CompletableFuture<Void> collecting = CompletableFuture.runAsync(() -> delete(base));
        while (!collecting.isDone()) {
            bases.base("ab", DISK.length, ProgressListener.none(), new CancelToken());
        }
        collecting.get(20, TimeUnit.SECONDS);
        bases.base("ab", DISK.length, ProgressListener.none(), new CancelToken());
        assertArrayEquals(DISK, Files.readAllBytes(base));
        assertTrue(made.get() > DELETIONS, made + " times");
    }

    private static void delete(Path base) {
        try {
            for (int deletions = 0; deletions < DELETIONS; ) {
                if (Files.deleteIfExists(base)) {
                    deletions++;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
