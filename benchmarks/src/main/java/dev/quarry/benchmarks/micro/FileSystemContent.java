package dev.quarry.benchmarks.micro;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Grid;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.DemoDisk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Content such as file systems have, in memory: seeded, and so the same in every run. */
public final class FileSystemContent {

    private static final long SEED = 7;

    /** Little more than half of a demo disk is data, so one of three times the size has enough. */
    private static final int DISK_FACTOR = 3;

    private FileSystemContent() {}

    /**
     * Fills memory with blocks of files, none of them zero.
     *
     * @param target whole blocks
     */
    public static void fill(MemorySegment target) throws IOException {
        Path file = Files.createTempFile("quarry-bench-", ".raw");
        try {
            long size = Math.max(8 << 20, target.byteSize() * DISK_FACTOR);
            DemoDisk.write(file, SEED, 0, size);
            try (Content disk = Content.open(file)) {
                fill(target, disk);
            }
        } finally {
            Files.delete(file);
        }
    }

    private static void fill(MemorySegment target, Content disk) throws IOException {
        long filled = 0;
        for (long offset = 0; filled < target.byteSize(); offset += Grid.BLOCK_BYTES) {
            if (offset >= disk.size()) {
                throw new AssertionError("the disk has too little data");
            }
            MemorySegment block = MemorySegment.ofArray(disk.read(offset, Grid.BLOCK_BYTES));
            if (!BlockHasher.isZeroBlock(block, 0)) {
                MemorySegment.copy(block, 0, target, filled, Grid.BLOCK_BYTES);
                filled += Grid.BLOCK_BYTES;
            }
        }
    }
}
