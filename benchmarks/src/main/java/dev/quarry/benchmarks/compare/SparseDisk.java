package dev.quarry.benchmarks.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Disks of random data and holes, which nothing compresses. A seed gives the same disk again. */
public final class SparseDisk {

    private SparseDisk() {}

    /** What random content comes from. */
    public static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.<RandomGenerator>of("Xoroshiro128PlusPlus").create(seed);
    }

    /**
     * Writes a disk with data in runs of one size, evenly spread, so that every part of the disk
     * has some.
     *
     * @param file that is not there yet
     * @param size of the disk in bytes
     * @param dataBytes whole runs
     */
    public static void write(Path file, long size, long dataBytes, int runBytes, long seed)
            throws IOException {
        RandomGenerator random = random(seed);
        byte[] run = new byte[runBytes];
        long step = size / (dataBytes / runBytes);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long position = 0; position < size; position += step) {
                random.nextBytes(run);
                writeAll(channel, position, ByteBuffer.wrap(run));
            }
            if (channel.size() < size) {
                writeAll(channel, size - 1, ByteBuffer.allocate(1));
            }
        }
    }

    /** Writes all that is left of a buffer. */
    public static void writeAll(FileChannel channel, long position, ByteBuffer bytes)
            throws IOException {
        for (long at = position; bytes.hasRemaining(); ) {
            at += channel.write(bytes, at);
        }
    }
}
