package dev.quarry.benchmarks.demo;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.DiskDigester;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.storage.FileStorage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Digests of what guests read from image files, found by reading the files again from the start.
 */
final class DiskDigests {

    private final ImageFormats formats = ImageFormats.installed();

    /**
     * The digest of a disk, with zeros behind its end.
     *
     * @param format of the file
     * @param size that the disk is taken to have, at least its own
     */
    ContentDigest of(Path file, String format, long size) throws IOException {
        FileStorage storage = FileStorage.open(file);
        try (BlockSource disk = open(storage, format)) {
            return DiskDigester.digest(
                    new Grown(disk, size),
                    Workers.defaultThreads(),
                    ProgressListener.none(),
                    new CancelToken());
        }
    }

    private BlockSource open(FileStorage storage, String format) throws IOException {
        try {
            return formats.named(format).open(storage, OpenOptions.of(formats));
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
    }

    /** The digest of a disk of zeros. */
    static ContentDigest ofZeros(long size) {
        return new ContentDigest.Builder(size).finish();
    }

    /** A disk with zeros behind its end. */
    private static final class Grown implements BlockSource {
        private final BlockSource disk;
        private final long size;

        Grown(BlockSource disk, long size) {
            if (size < disk.size()) {
                throw new IllegalArgumentException(size + " bytes are fewer than the disk has");
            }
            this.disk = disk;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void read(long offset, MemorySegment target) throws IOException {
            long there = Math.clamp(disk.size() - offset, 0, target.byteSize());
            if (there > 0) {
                disk.read(offset, target.asSlice(0, there));
            }
            target.asSlice(there).fill((byte) 0);
        }

        @Override
        public Extent extentAt(long offset, long limit) throws IOException {
            return offset < disk.size()
                    ? disk.extentAt(offset, Math.min(limit, disk.size()))
                    : new Extent(offset, limit - offset, Extent.Kind.HOLE);
        }

        @Override
        public void close() {
            // The disk is the caller's.
        }
    }
}
