package dev.quarry.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/** What every {@link BlockSource} must do; each implementation and decorator runs it. */
public abstract class BlockSourceContract {

    private static final int RANGES = 200;
    private static final int THREADS = 4;

    /**
     * A source and what it must give.
     *
     * @param content all bytes of the disk
     */
    public record Subject(BlockSource source, byte[] content) {}

    /** Opens the source to be tested; some of its content is not zeros. */
    protected abstract Subject open() throws IOException;

    private static byte[] read(BlockSource source, long offset, int length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(length);
            target.fill((byte) 0x5a);
            source.read(offset, target);
            return target.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void givesAllBytes() throws IOException {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            assertEquals(subject.content().length, source.size());
            assertArrayEquals(subject.content(), read(source, 0, subject.content().length));
        }
    }

    @Test
    void givesAnyRange() throws IOException {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            Replay.seeds(1, random -> readRanges(source, subject.content(), random));
        }
    }

    private static void readRanges(BlockSource source, byte[] content, RandomGenerator random)
            throws IOException {
        for (int i = 0; i < RANGES; i++) {
            int offset = random.nextInt(content.length);
            int length =
                    random.nextInt(
                            Math.min(content.length - offset, 1 << random.nextInt(1, 22)) + 1);
            assertArrayEquals(
                    Arrays.copyOfRange(content, offset, offset + length),
                    read(source, offset, length),
                    () -> length + " bytes at " + offset);
        }
    }

    @Test
    void readsIntoHeapMemoryToo() throws IOException {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            byte[] bytes = new byte[subject.content().length];
            source.read(0, MemorySegment.ofArray(bytes));
            assertArrayEquals(subject.content(), bytes);
        }
    }

    @Test
    void givesNothingAtTheEnd() throws IOException {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            assertEquals(0, read(source, source.size(), 0).length);
        }
    }

    @Test
    void refusesRangesThatAreNotOnTheDisk() throws IOException {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            assertThrows(IndexOutOfBoundsException.class, () -> read(source, -1, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> read(source, source.size(), 1));
            assertThrows(IndexOutOfBoundsException.class, () -> read(source, source.size() - 1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> read(source, Long.MAX_VALUE, 2));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> source.extentAt(0, source.size() + 1));
            assertThrows(IndexOutOfBoundsException.class, () -> source.extentAt(-1, 1));
        }
    }

    @Test
    void extentsAreContiguousAndTrue() throws IOException {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            long offset = 0;
            while (offset < source.size()) {
                Extent extent = source.extentAt(offset, source.size());
                checkExtent(extent, offset, source.size(), subject.content());
                offset = extent.end();
            }
            assertEquals(source.size(), offset);
        }
    }

    @Test
    void extentsEndAtTheLimit() throws IOException {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            Replay.seeds(
                    1,
                    random -> {
                        for (int i = 0; i < RANGES; i++) {
                            long offset = random.nextLong(source.size());
                            long limit = random.nextLong(offset + 1, source.size() + 1);
                            checkExtent(
                                    source.extentAt(offset, limit),
                                    offset,
                                    limit,
                                    subject.content());
                        }
                    });
        }
    }

    private static void checkExtent(Extent extent, long offset, long limit, byte[] content) {
        assertEquals(offset, extent.offset());
        assertTrue(extent.end() <= limit, () -> extent + " passes " + limit);
        if (extent.isZero()) {
            for (long at = extent.offset(); at < extent.end(); at++) {
                long place = at;
                assertEquals(0, content[(int) at], () -> extent + " has data at " + place);
            }
        }
    }

    @Test
    void aClosedSourceThrows() throws IOException {
        Subject subject = open();
        BlockSource source = subject.source();
        read(source, 0, subject.content().length);
        source.close();
        Exception e =
                assertThrows(Exception.class, () -> read(source, 0, subject.content().length));
        assertTrue(e instanceof IOException || e instanceof IllegalStateException, e::toString);
    }

    @Test
    void severalThreadsMayRead() throws Exception {
        Subject subject = open();
        try (BlockSource source = subject.source()) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                RandomGenerator random = Replay.generator(i);
                threads.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    try {
                                        readRanges(source, subject.content(), random);
                                    } catch (Throwable t) {
                                        failure.set(t);
                                    }
                                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            if (failure.get() != null) {
                throw new AssertionError("one of the threads failed", failure.get());
            }
        }
    }
}
