package dev.quarry.block;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets several threads read a {@link ForwardDisk}, each byte of data once and roughly in order:
 * what jobs do that deal out pages in ascending order. What one thread has to step over to get at
 * its page is kept for the others, in blocks of native memory that are used again once they were
 * read. So memory is bounded by what the readers have been dealt: their number times their pages.
 *
 * <p>The size of a disk that only its end tells is a bound; behind its end it is a hole.
 */
public final class StreamedDisk implements BlockSource {

    /** Guest bytes that are kept together; what most jobs read at once. */
    private static final int BLOCK_BYTES = 1 << 20;

    /**
     * 64 TiB, where EC2's volumes end: of each block one bit is kept, so that reading data twice is
     * found out.
     */
    public static final long SIZE_MAX = 64L << 40;

    /** A block with data that was not read yet. */
    private record Block(MemorySegment memory, AtomicInteger unread) {}

    private final ForwardDisk disk;
    private final String name;
    private final long bound;
    private final Arena arena = Arena.ofShared();
    private final ConcurrentHashMap<Long, Block> blocks = new ConcurrentHashMap<>();

    /** Guarded by itself, as are the blocks to be used again. */
    private final BitSet consumed = new BitSet();

    private final Deque<MemorySegment> free = new ArrayDeque<>();

    /** What decodes is guarded by it: the disk and the fields that follow. */
    private final Object decoding = new Object();

    private @Nullable IOException failure;
    private long zeros;
    private boolean ended;
    private long end;

    /** Up to here every block is known; whole blocks, or the bound. */
    private volatile long frontier;

    /**
     * @param disk becomes this one's
     * @param name ends messages
     * @param bound guest bytes that a disk of unknown size has at most
     * @throws IOException if the disk is larger than {@link #SIZE_MAX}
     */
    public StreamedDisk(ForwardDisk disk, String name, long bound) throws IOException {
        this.disk = disk;
        this.name = name;
        this.bound = disk.size() == ForwardDisk.UNKNOWN_SIZE ? bound : disk.size();
        if (this.bound > SIZE_MAX) {
            throw new IOException(
                    "a disk of 0x"
                            + Long.toHexString(this.bound)
                            + " bytes is too large to be read as a stream, which may have 0x"
                            + Long.toHexString(SIZE_MAX)
                            + ": "
                            + name);
        }
    }

    /** The size, or the bound of a size that only the end tells. */
    @Override
    public long size() {
        return bound;
    }

    /** Whether {@link #size} is the disk's. */
    public boolean isSizeKnown() {
        return disk.size() != ForwardDisk.UNKNOWN_SIZE;
    }

    /**
     * Reads on to the end, where it becomes certain that nothing was missing, and tells the size.
     *
     * @throws IOException if the input ends too early or is damaged
     */
    public long finish() throws IOException {
        advanceTo(bound);
        synchronized (decoding) {
            if (!ended) {
                expectEnd();
            }
            return end;
        }
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        long length = target.byteSize();
        if (offset < 0 || length > bound - offset) {
            throw new IndexOutOfBoundsException(length + " bytes from " + offset + " of " + bound);
        }
        for (long done = 0; done < length; ) {
            long at = offset + done;
            int within = (int) (at % BLOCK_BYTES);
            int part = (int) Math.min(length - done, BLOCK_BYTES - within);
            advanceTo(at + 1);
            readBlock(at / BLOCK_BYTES, within, target.asSlice(done, part));
            done += part;
        }
    }

    private void readBlock(long index, int within, MemorySegment target) {
        Block block = blocks.get(index);
        if (block == null) {
            synchronized (free) {
                if (consumed.get((int) index)) {
                    throw new IllegalStateException(
                            "block 0x" + Long.toHexString(index) + " of a stream was read before");
                }
            }
            target.fill((byte) 0);
            return;
        }
        int length = (int) target.byteSize();
        MemorySegment.copy(block.memory, within, target, 0, length);
        if (block.unread.addAndGet(-length) == 0) {
            synchronized (free) {
                consumed.set((int) index);
                blocks.remove(index);
                free.push(block.memory);
            }
        }
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
        advanceTo(offset + 1);
        boolean data = isData(offset);
        long at = Math.min(limit, blockEnd(offset));
        while (at < limit && (at < frontier || !data)) {
            advanceTo(at + 1);
            if (isData(at) != data) {
                break;
            }
            at = Math.min(limit, at >= end && isEnded() ? limit : blockEnd(at));
        }
        return new Extent(offset, at - offset, data ? Extent.Kind.DATA : Extent.Kind.HOLE);
    }

    private static long blockEnd(long offset) {
        return (offset / BLOCK_BYTES + 1) * BLOCK_BYTES;
    }

    /** Whether a known block holds data, read or not. */
    private boolean isData(long offset) {
        long index = offset / BLOCK_BYTES;
        synchronized (free) {
            return blocks.containsKey(index) || consumed.get((int) index);
        }
    }

    private boolean isEnded() {
        return frontier == bound;
    }

    /** Decodes block after block, and lets others at what is known in between. */
    private void advanceTo(long offset) throws IOException {
        while (frontier < offset) {
            synchronized (decoding) {
                if (failure != null) {
                    throw failure; // A decompressor that failed cannot go on.
                }
                if (frontier < offset) {
                    decodeBlockOnce();
                }
            }
        }
    }

    private void decodeBlockOnce() throws IOException {
        try {
            decodeBlock();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private void decodeBlock() throws IOException {
        long start = frontier;
        long wholeZeros = zerosAhead() / BLOCK_BYTES * BLOCK_BYTES;
        if (wholeZeros > 0) {
            long step = Math.min(wholeZeros, bound - start);
            zeros -= step;
            end = start + step;
            frontier = end;
            return;
        }
        int length = (int) Math.min(BLOCK_BYTES, bound - start);
        MemorySegment memory = take();
        boolean data = false;
        int filled = 0;
        while (filled < length && !ended) {
            int step = (int) Math.min(zerosAhead(), length - filled);
            if (step > 0) {
                memory.asSlice(filled, step).fill((byte) 0);
                zeros -= step;
            } else {
                step = disk.read(memory.asSlice(filled, length - filled));
                if (step < 0) {
                    endAt(start + filled);
                    break;
                }
                data = true;
            }
            filled += step;
        }
        memory.asSlice(filled, length - filled).fill((byte) 0);
        if (data) {
            blocks.put(start / BLOCK_BYTES, new Block(memory, new AtomicInteger(length)));
        } else {
            synchronized (free) {
                free.push(memory);
            }
        }
        end = start + filled;
        frontier = ended ? bound : end;
    }

    private long zerosAhead() throws IOException {
        if (zeros == 0 && !ended) {
            zeros = disk.skipZeros();
        }
        return zeros;
    }

    private void endAt(long size) throws EOFException {
        if (isSizeKnown() && size != bound) {
            throw new EOFException(
                    "ends at guest byte 0x"
                            + Long.toHexString(size)
                            + " of 0x"
                            + Long.toHexString(bound)
                            + ": "
                            + name);
        }
        ended = true;
    }

    /** Behind the last byte only the end may come; a format checks there that it was all. */
    private void expectEnd() throws IOException {
        MemorySegment further = take();
        if (zerosAhead() > 0 || disk.read(further) >= 0) {
            throw new IOException("has more than 0x" + Long.toHexString(bound) + " bytes: " + name);
        }
        ended = true;
        synchronized (free) {
            free.push(further);
        }
    }

    private MemorySegment take() {
        synchronized (free) {
            MemorySegment memory = free.poll();
            return memory == null ? arena.allocate(BLOCK_BYTES) : memory;
        }
    }

    @Override
    public void close() throws IOException {
        try (disk) {
            blocks.clear();
        } finally {
            arena.close();
        }
    }
}
