package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.qcow2.Qcow2Format;
import dev.quarry.formats.raw.RawFormat;
import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.image.ImageFormat;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.operation.Commit;
import dev.quarry.storage.OutputFile;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.Qcow2Oracle.Options;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

final class CommitTest {

    /** More than two of the pages that threads take. */
    private static final int SIZE = 40_000_000 / 512 * 512;

    @TempDir Path folder;

    private final CancelToken cancel = new CancelToken();
    private final AtomicLong done = new AtomicLong();

    private void commit(Path top, int depth, EditableImage target, int threads) throws IOException {
        ProgressListener progress = (bytes, _) -> done.set(bytes);
        try (DiskImage disk = Images.openWithReferences(top)) {
            Commit.write(disk, depth, target, threads, progress, cancel);
            assertEquals(disk.size(), done.get());
        }
        target.finish();
    }

    private EditableImage edit(Path base, ImageFormat format) throws IOException {
        return format.edit(OutputFile.openExisting(base), cancel);
    }

    /** Of one layer or two, shorter than their base or as long, into units of every size. */
    @Test
    void theBaseBecomesTheDiskAndKeepsWhatIsBehindIt() {
        Replay.seeds(
                12,
                random -> {
                    boolean isRaw = random.nextInt(3) == 0;
                    Path base = folder.resolve("base");
                    byte[] below = RandomContent.bytes(random, SIZE, 4096);
                    byte[] expected = below.clone();
                    if (isRaw) {
                        RawOracle.write(Content.of(below), base);
                    } else {
                        Qcow2Oracle.write(Content.of(below), base, options(random, 9));
                    }
                    int depth = random.nextInt(1, 3);
                    String name = "base";
                    String format = isRaw ? "raw" : "qcow2";
                    int size = SIZE;
                    for (int i = 0; i < depth; i++) {
                        size -= random.nextBoolean() ? 0 : random.nextInt(SIZE / 1024) * 512;
                        byte[] content = mutate(Arrays.copyOf(below, size), random);
                        Qcow2Oracle.write(
                                Content.of(content),
                                Content.of(below),
                                folder.resolve("layer" + i),
                                options(random, 12).withBacking(name, format));
                        below = content;
                        name = "layer" + i;
                        format = "qcow2";
                    }
                    System.arraycopy(below, 0, expected, 0, below.length);
                    ImageFormat baseFormat = isRaw ? new RawFormat() : new Qcow2Format();
                    try (EditableImage target = edit(base, baseFormat)) {
                        commit(folder.resolve(name), depth, target, 3);
                    }
                    try (DiskImage image = Images.open(base, baseFormat.name())) {
                        assertArrayEquals(expected, Images.bytes(image));
                    }
                });
    }

    private static Options options(RandomGenerator random, int clusterBitsMin) {
        return Options.plain().withClusterBits(random.nextInt(clusterBitsMin, 22));
    }

    private static byte[] mutate(byte[] content, RandomGenerator random) {
        for (int i = random.nextInt(40); i > 0; i--) {
            int at = random.nextInt(content.length / 512) * 512;
            int length = Math.min(content.length - at, random.nextInt(1, 400_000));
            byte[] patch = new byte[length];
            if (random.nextInt(3) > 0) {
                patch = RandomContent.bytes(random, length, 512);
            }
            System.arraycopy(patch, 0, content, at, length);
        }
        return content;
    }

    /** The first to write waits until another thread does. */
    @Test
    void severalThreadsWriteAtOnce() throws IOException {
        Path base = folder.resolve("base");
        byte[] below = new byte[SIZE];
        byte[] content = new byte[SIZE];
        Arrays.fill(content, (byte) 7);
        RawOracle.write(Content.of(below), base);
        Path top = folder.resolve("top");
        Qcow2Oracle.write(
                Content.of(content),
                Content.of(below),
                top,
                Options.plain().withBacking("base", "raw"));
        CountDownLatch writers = new CountDownLatch(2);
        Set<Thread> counted = ConcurrentHashMap.newKeySet();
        EditableImage target = edit(base, new RawFormat());
        EditableImage watched =
                (EditableImage)
                        Proxy.newProxyInstance(
                                EditableImage.class.getClassLoader(),
                                new Class<?>[] {EditableImage.class},
                                (_, method, arguments) -> {
                                    if (method.getName().equals("write")
                                            && counted.add(Thread.currentThread())) {
                                        writers.countDown();
                                        assertTrue(writers.await(60, TimeUnit.SECONDS));
                                    }
                                    try {
                                        return method.invoke(target, arguments);
                                    } catch (InvocationTargetException e) {
                                        throw Objects.requireNonNull(e.getCause());
                                    }
                                });
        try (watched) {
            commit(top, 1, watched, 2);
        }
        assertArrayEquals(content, Files.readAllBytes(base));
    }
}
