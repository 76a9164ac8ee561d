package dev.quarry.operation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.block.MemoryDisk;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

final class OverwriteTest {

    /** More than two pages, and no whole number of anything. */
    private static final int SIZE = 35_000_001;

    private final CancelToken cancel = new CancelToken();

    @Test
    void writesEveryByteAndKeepsWhatIsBehind() {
        Replay.seeds(
                3,
                random -> {
                    byte[] content =
                            RandomContent.bytes(random, SIZE, random.nextBoolean() ? 1 : 512);
                    for (int unitBytes : new int[] {1, 512, 1 << 16, 2 << 20}) {
                        byte[] old = RandomContent.bytes(random, SIZE + 3_000_000, 4096);
                        byte[] expected = old.clone();
                        System.arraycopy(content, 0, expected, 0, SIZE);
                        MemoryDisk target = new MemoryDisk(old.clone(), 4096);
                        Overwrite.write(
                                new MemoryDisk(content, random.nextBoolean() ? 4096 : 0),
                                new MemoryImage(target, unitBytes),
                                new MemoryDisk(old, 4096),
                                3,
                                ProgressListener.none(),
                                cancel);
                        assertArrayEquals(expected, target.bytes());
                    }
                });
    }

    @Test
    void leavesZerosThatAreThereAlone() throws IOException {
        MemoryDisk target = new MemoryDisk(new byte[SIZE], 4096);
        Overwrite.write(
                new MemoryDisk(new byte[SIZE], 0),
                new MemoryImage(target, 1 << 16) {
                    @Override
                    public void zero(long offset, long length) {
                        throw new AssertionError(length + " bytes at " + offset + " are zeros");
                    }
                },
                target,
                2,
                ProgressListener.none(),
                cancel);
        assertArrayEquals(new byte[SIZE], target.bytes());
    }

    /** A device may need minutes for a hole of a terabyte. */
    @Test
    void endsWithinAHole() {
        long size = 1L << 40;
        AtomicLong zeroed = new AtomicLong();
        MemoryImage image =
                new MemoryImage(MemoryDisk.dirty(0), 1 << 16) {
                    @Override
                    public long size() {
                        return size;
                    }

                    @Override
                    public void zero(long offset, long length) {
                        if (zeroed.addAndGet(length) > size / 1024) {
                            cancel.cancel();
                        }
                    }
                };
        assertThrows(
                CancelledException.class,
                () ->
                        Overwrite.write(
                                new Uniform(size, Extent.Kind.HOLE),
                                image,
                                new Uniform(size, Extent.Kind.DATA),
                                1,
                                ProgressListener.none(),
                                cancel));
        assertTrue(zeroed.get() < size / 512, "zeroed " + zeroed);
    }

    @Test
    void anEmptyDiskOfATerabyteIsAFewSteps() throws IOException {
        long size = 1L << 40;
        AtomicLong calls = new AtomicLong();
        Overwrite.write(
                new Uniform(size, Extent.Kind.HOLE),
                new MemoryImage(MemoryDisk.dirty(0), 1 << 16) {
                    @Override
                    public long size() {
                        return size;
                    }

                    @Override
                    public void zero(long offset, long length) {
                        assertEquals(0, offset & 0xffff);
                        calls.incrementAndGet();
                    }
                },
                new Uniform(size, Extent.Kind.DATA),
                2,
                ProgressListener.none(),
                cancel);
        assertTrue(calls.get() <= size >> 26, calls + " calls");
    }

    /** A disk of which all is known and nothing can be read. */
    private record Uniform(long size, Extent.Kind kind) implements BlockSource {

        @Override
        public void read(long offset, MemorySegment target) {
            throw new AssertionError("a hole is not read");
        }

        @Override
        public Extent extentAt(long offset, long limit) {
            return new Extent(offset, limit - offset, kind);
        }

        @Override
        public void close() {}
    }
}
