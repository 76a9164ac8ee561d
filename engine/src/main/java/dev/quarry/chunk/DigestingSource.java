package dev.quarry.chunk;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A disk whose {@link ContentDigest} is computed while it is read once, by a copy. Extents are laid
 * onto the grid of blocks, so that a reader that follows them reads whole blocks. What is not read
 * counts as zeros.
 *
 * <p>Thread-safe for readers that each read ascending, and of which no two read in the same 512
 * KiB. Keeps 4 KiB for each 64 MiB in which there is data. Does not own the disk.
 */
public final class DigestingSource implements BlockSource {

    private static final int GROUP_BLOCKS = ContentDigest.FAN_OUT;
    private static final int GROUP_BYTES = GROUP_BLOCKS * Grid.BLOCK_BYTES;
    private static final int GROUPS = Grid.PAGE_BYTES / GROUP_BYTES;

    private final BlockSource disk;

    /** For each page, the digests of its groups. */
    private final ConcurrentSkipListMap<Long, byte[]> pages = new ConcurrentSkipListMap<>();

    private final ConcurrentLinkedQueue<Reader> readers = new ConcurrentLinkedQueue<>();
    private final ThreadLocal<Reader> reader =
            ThreadLocal.withInitial(() -> {
                Reader made = new Reader();
                readers.add(made);
                return made;
            });

    /**
     * @param disk stays the caller's
     */
    public DigestingSource(BlockSource disk) {
        this.disk = disk;
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
        Extent extent = disk.extentAt(offset, limit);
        long end = extent.end();
        if (end == limit || end % Grid.BLOCK_BYTES == 0) {
            return extent;
        }
        if (extent.isZero() && Grid.blockFloor(end) > offset) {
            return new Extent(offset, Grid.blockFloor(end) - offset, extent.kind());
        }
        // A block of which a part is data is data.
        long stop = Math.min(limit, Grid.blockCeiling(end));
        return new Extent(offset, stop - offset, Extent.Kind.DATA);
    }

    /** Reads from the beginning of a block, whole blocks or up to the end of the disk. */
    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        long end = offset + target.byteSize();
        if (offset % Grid.BLOCK_BYTES != 0 || (end % Grid.BLOCK_BYTES != 0 && end != disk.size())) {
            throw new IllegalArgumentException("bytes " + offset + " to " + end);
        }
        disk.read(offset, target);
        reader.get().add(offset, target);
    }

    /**
     * The digest of the disk; called when everything was read, and once.
     *
     * @param size of the disk, which may be less than {@link #size} if that was a bound
     */
    public ContentDigest digest(long size) {
        readers.forEach(Reader::endGroup);
        BlockHasher hasher = new BlockHasher();
        ContentDigest.Builder builder = new ContentDigest.Builder(size);
        for (Map.Entry<Long, byte[]> page : pages.entrySet()) {
            byte[] digest = new byte[Grid.DIGEST_BYTES];
            ContentDigest.fold(hasher, page.getValue(), GROUPS, digest, 0);
            builder.add(page.getKey(), digest);
        }
        return builder.finish();
    }

    @Override
    public void close() {
        // The disk is the caller's.
    }

    /** What one thread reads: the group that it is in. */
    private final class Reader {

        private final BlockHasher hasher = new BlockHasher();
        private final byte[] blocks = new byte[GROUP_BLOCKS * Grid.DIGEST_BYTES];
        private final MemorySegment lastBlock = Arena.ofAuto().allocate(Grid.BLOCK_BYTES);
        private long group = -1;

        void add(long offset, MemorySegment data) {
            for (long at = 0; at < data.byteSize(); at += Grid.BLOCK_BYTES) {
                long in = (offset + at) / GROUP_BYTES;
                if (in != group) {
                    endGroup();
                    group = in;
                }
                int index = (int) ((offset + at) % GROUP_BYTES / Grid.BLOCK_BYTES);
                long length = Math.min(Grid.BLOCK_BYTES, data.byteSize() - at);
                if (length == Grid.BLOCK_BYTES) {
                    hash(data, at, index);
                } else {
                    MemorySegment.copy(data, at, lastBlock, 0, length);
                    hash(lastBlock, 0, index);
                }
            }
        }

        private void hash(MemorySegment memory, long position, int index) {
            if (!BlockHasher.isZeroBlock(memory, position)) {
                hasher.hashBlock(memory, position, blocks, index * Grid.DIGEST_BYTES);
            }
        }

        private void endGroup() {
            if (group < 0) {
                return;
            }
            byte[] page =
                    pages.computeIfAbsent(
                            group / GROUPS, _ -> new byte[GROUPS * Grid.DIGEST_BYTES]);
            ContentDigest.fold(
                    hasher, blocks, GROUP_BLOCKS, page, (int) (group % GROUPS) * Grid.DIGEST_BYTES);
            Arrays.fill(blocks, (byte) 0);
            group = -1;
        }
    }
}
