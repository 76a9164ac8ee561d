package dev.quarry.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.MemoryDisk;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

final class CopierTest {

    private static final int SIZE = 3_000_001;

    private static void copy(MemoryDisk source, BlockTarget target) throws IOException {
        Copier.copy(source, target, 2, ProgressListener.none(), new CancelToken());
    }

    @Test
    void copiesEveryByteOverOldData() {
        Replay.seeds(
                5,
                random -> {
                    byte[] content =
                            RandomContent.bytes(random, SIZE, random.nextBoolean() ? 1 : 512);
                    for (int holeBytes : new int[] {0, 512, 4096}) {
                        MemoryDisk target = MemoryDisk.dirty(SIZE);
                        copy(new MemoryDisk(content, holeBytes), target);
                        assertArrayEquals(content, target.bytes());
                    }
                });
    }

    @Test
    void zeroesWhatLiesBehindTheSource() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(1), SIZE, 1);
        MemoryDisk target = MemoryDisk.dirty(SIZE + 100_000);
        copy(new MemoryDisk(content, 0), target);
        assertArrayEquals(Arrays.copyOf(content, SIZE + 100_000), target.bytes());
    }

    @Test
    void crossesPages() throws IOException {
        int size = (int) Copier.PAGE_BYTES * 2 + 5000;
        byte[] content = new byte[size];
        for (int at = 1000; at < size; at += 1_000_003) {
            content[at] = 7;
        }
        content[size - 1] = 9;
        MemoryDisk target = MemoryDisk.dirty(size);
        copy(new MemoryDisk(content, 4096), target);
        assertTrue(Arrays.equals(content, target.bytes()));
    }

    @Test
    void writesNoBlockOfZeros() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(2), SIZE, 512);
        AtomicLong written = new AtomicLong();
        MemoryDisk disk = new MemoryDisk(new byte[SIZE], 0);
        copy(
                new MemoryDisk(content, 0),
                new BlockTarget() {
                    @Override
                    public long size() {
                        return SIZE;
                    }

                    @Override
                    public void write(long offset, MemorySegment source) {
                        byte[] bytes = source.toArray(ValueLayout.JAVA_BYTE);
                        for (int at = 0; at < bytes.length; ) {
                            int end =
                                    (int) Math.min(bytes.length, at + 4096 - (offset + at) % 4096);
                            assertTrue(
                                    !isZero(bytes, at, end),
                                    "zeros were written at " + (offset + at));
                            at = end;
                        }
                        written.addAndGet(bytes.length);
                        disk.write(offset, source);
                    }

                    @Override
                    public void zero(long offset, long length) {
                        assertTrue(length > 0);
                    }

                    @Override
                    public void commit() {
                        throw new AssertionError("the copier does not commit");
                    }

                    @Override
                    public void close() {}
                });
        assertArrayEquals(content, disk.bytes());
        assertTrue(written.get() < SIZE);
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        return Arrays.mismatch(bytes, from, to, new byte[4096], 0, to - from) < 0;
    }

    @Test
    void refusesASmallerTarget() {
        assertThrows(
                IllegalArgumentException.class,
                () -> copy(new MemoryDisk(new byte[10], 0), MemoryDisk.dirty(9)));
    }

    @Test
    void copiesAnEmptyDisk() throws IOException {
        MemoryDisk target = MemoryDisk.dirty(10);
        copy(new MemoryDisk(new byte[0], 0), target);
        assertArrayEquals(new byte[10], target.bytes());
    }

    @Test
    void stopsWhenAskedTo() {
        CancelToken cancel = new CancelToken();
        cancel.cancel();
        assertThrows(
                CancelledException.class,
                () ->
                        Copier.copy(
                                new MemoryDisk(new byte[100], 0),
                                MemoryDisk.dirty(100),
                                2,
                                ProgressListener.none(),
                                cancel));
    }

    @Test
    void tellsHowFarItIs() throws IOException {
        AtomicLong last = new AtomicLong(-1);
        ProgressListener listener =
                (done, total) -> {
                    assertEquals(SIZE, total);
                    assertTrue(done >= last.getAndSet(done));
                };
        Copier.copy(
                new MemoryDisk(RandomContent.bytes(Replay.generator(3), SIZE, 1), 0),
                MemoryDisk.dirty(SIZE),
                2,
                listener,
                new CancelToken());
        assertEquals(SIZE, last.get());
    }
}
