package dev.quarry.block;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

/**
 * A disk in memory whose holes are where its blocks of {@code holeBytes} are zeros, to be read and
 * written in tests.
 */
public final class MemoryDisk implements BlockSource, BlockTarget {

    private final byte[] bytes;
    private final int holeBytes;
    private boolean committed;

    /**
     * @param holeBytes granularity of what is known to be a hole; 0 if everything counts as data
     */
    public MemoryDisk(byte[] bytes, int holeBytes) {
        this.bytes = bytes;
        this.holeBytes = holeBytes;
    }

    /** A disk to be rebuilt into, full of old data. */
    public static MemoryDisk dirty(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 0xff);
        return new MemoryDisk(bytes, 0);
    }

    /**
     * A disk as file systems make them: runs of blocks, some of zeros, some that were there before.
     *
     * @param seed gives the same disk again
     */
    public static byte[] content(long seed, int size) {
        Random random = new Random(seed);
        byte[] bytes = new byte[size];
        for (int at = 0; at < size; ) {
            int run =
                    Math.min(
                            size - at,
                            (1 + random.nextInt(40)) * 4096 - (random.nextInt(8) == 0 ? 512 : 0));
            switch (random.nextInt(4)) {
                case 0 -> {}
                case 1 -> {
                    int from = at == 0 ? 0 : random.nextInt(at) & -4096;
                    System.arraycopy(bytes, from, bytes, at, Math.min(run, at - from));
                }
                case 2 -> Arrays.fill(bytes, at, at + run, (byte) random.nextInt(256));
                default -> {
                    byte[] noise = new byte[run];
                    random.nextBytes(noise);
                    System.arraycopy(noise, 0, bytes, at, run);
                }
            }
            at += run;
        }
        return bytes;
    }

    public byte[] bytes() {
        return bytes;
    }

    public boolean isCommitted() {
        return committed;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public void read(long offset, MemorySegment target) {
        Objects.checkFromIndexSize(offset, target.byteSize(), bytes.length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), offset, target, 0, target.byteSize());
    }

    @Override
    public Extent extentAt(long offset, long limit) {
        Objects.checkFromToIndex(offset, limit, bytes.length);
        if (holeBytes == 0) {
            return new Extent(offset, limit - offset, Extent.Kind.DATA);
        }
        boolean hole = isHole(offset);
        long end = offset;
        while (end < limit && isHole(end) == hole) {
            end = Math.min(limit, (end / holeBytes + 1) * holeBytes);
        }
        return new Extent(offset, end - offset, hole ? Extent.Kind.HOLE : Extent.Kind.DATA);
    }

    private boolean isHole(long offset) {
        int from = (int) (offset / holeBytes * holeBytes);
        int to = Math.min(bytes.length, from + holeBytes);
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void write(long offset, MemorySegment source) {
        Objects.checkFromIndexSize(offset, source.byteSize(), bytes.length);
        MemorySegment.copy(source, 0, MemorySegment.ofArray(bytes), offset, source.byteSize());
    }

    @Override
    public void zero(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        Arrays.fill(bytes, (int) offset, (int) (offset + length), (byte) 0);
    }

    @Override
    public void commit() {
        committed = true;
    }

    @Override
    public void close() {}
}
