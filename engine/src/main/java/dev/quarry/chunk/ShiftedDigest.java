package dev.quarry.chunk;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The {@link ContentDigest} of a disk that is read on a grid with a lead, from the very bytes that
 * were read: a second read of a disk that is in use could find others.
 *
 * <p>A block of the disk ends within the grid's next one. So each thread shifts the blocks of the
 * pages that it reads, and what spans two pages is put together at the end. Keeps 12 KiB for each
 * page. Pages that are not read count as zeros.
 */
public final class ShiftedDigest {

    private static final int GROUP_BYTES = ContentDigest.FAN_OUT * Grid.DIGEST_BYTES;

    /** Digests of a page's blocks before its last group. */
    private static final int WHOLE_GROUPS = Grid.PAGE_BLOCKS - ContentDigest.FAN_OUT;

    private final int lead;
    private final TreeMap<Long, Page> pages = new TreeMap<>();

    /**
     * A page, but for its last block.
     *
     * @param groups digests of its groups, the last one zero yet
     * @param lastGroup digests of the blocks of the last group, the last one zero yet
     * @param head how the last block of the page before ends
     * @param tail how the last block begins
     */
    private record Page(byte[] groups, byte[] lastGroup, byte[] head, byte[] tail) {}

    /**
     * @param lead of the grid, not 0
     */
    public ShiftedDigest(int lead) {
        this.lead = lead;
    }

    /** Takes pages for one thread. */
    public Reader reader() {
        return new Reader();
    }

    private synchronized void add(long number, Page page) {
        pages.put(number, page);
    }

    /**
     * The digest of the disk; called when everything was read.
     *
     * @param size of the disk
     */
    public synchronized ContentDigest digest(long size) {
        NavigableSet<Long> numbers = new TreeSet<>(pages.keySet());
        for (long number : pages.keySet()) {
            if (number > 0) {
                numbers.add(number - 1);
            }
        }
        BlockHasher hasher = new BlockHasher();
        ContentDigest.Builder builder = new ContentDigest.Builder(size);
        for (long number : numbers.headSet(Grid.pages(size))) {
            builder.add(number, digest(hasher, pages.get(number), pages.get(number + 1)));
        }
        return builder.finish();
    }

    private byte[] digest(BlockHasher hasher, @Nullable Page page, @Nullable Page next) {
        MemorySegment last = Arena.ofAuto().allocate(Grid.BLOCK_BYTES);
        byte[] groups = new byte[GROUP_BYTES];
        byte[] lastGroup = new byte[GROUP_BYTES];
        if (page != null) {
            groups = page.groups().clone();
            lastGroup = page.lastGroup().clone();
            last.copyFrom(MemorySegment.ofArray(page.tail()));
        }
        if (next != null) {
            last.asSlice(tailBytes()).copyFrom(MemorySegment.ofArray(next.head()));
        }
        hash(hasher, last, 0, lastGroup, ContentDigest.FAN_OUT - 1);
        ContentDigest.fold(
                hasher, lastGroup, ContentDigest.FAN_OUT, groups, GROUP_BYTES - Grid.DIGEST_BYTES);
        byte[] digest = new byte[Grid.DIGEST_BYTES];
        ContentDigest.fold(hasher, groups, ContentDigest.FAN_OUT, digest, 0);
        return digest;
    }

    private int tailBytes() {
        return Grid.BLOCK_BYTES - lead;
    }

    private static void hash(
            BlockHasher hasher, MemorySegment memory, long position, byte[] digests, int index) {
        if (!BlockHasher.isZeroBlock(memory, position)) {
            hasher.hashBlock(memory, position, digests, index * Grid.DIGEST_BYTES);
        }
    }

    /** One thread's part; the grid's blocks are given to it as to whoever cuts them. */
    public final class Reader {

        private static final int NONE = -1;

        private final BlockHasher hasher = new BlockHasher();
        private final byte[] digests = new byte[Grid.PAGE_BLOCKS * Grid.DIGEST_BYTES];

        /** The disk's block that is not complete, zeros where nothing of it was read. */
        private final MemorySegment open = Arena.ofAuto().allocate(Grid.BLOCK_BYTES);

        /** Its number in the page. */
        private int openBlock = NONE;

        private byte[] head = {};

        private Reader() {}

        /** Begins a page. */
        public void begin() {
            Arrays.fill(digests, (byte) 0);
            openBlock = NONE;
            open.fill((byte) 0);
            head = new byte[lead];
        }

        /** As {@link PageReader.BlockConsumer#blocks}; nothing needs to be kept. */
        public void blocks(MemorySegment memory, long position, int firstBlock, int count) {
            if (openBlock != NONE && openBlock != firstBlock - 1) {
                endBlock(openBlock);
            }
            MemorySegment.copy(memory, position, open, tailBytes(), lead);
            if (firstBlock == 0) {
                head = open.asSlice(tailBytes()).toArray(ValueLayout.JAVA_BYTE);
            } else {
                endBlock(firstBlock - 1);
            }
            long at = position + lead;
            int last = firstBlock + count - 1;
            for (int block = firstBlock; block < last; block++) {
                hash(hasher, memory, at, digests, block);
                at += Grid.BLOCK_BYTES;
            }
            open.fill((byte) 0);
            MemorySegment.copy(memory, at, open, 0, tailBytes());
            openBlock = last;
        }

        private void endBlock(int block) {
            hash(hasher, open, 0, digests, block);
            open.fill((byte) 0);
            openBlock = NONE;
        }

        /**
         * Ends the page.
         *
         * @param number of it
         */
        public void end(long number) {
            byte[] tail = {};
            if (openBlock == Grid.PAGE_BLOCKS - 1) {
                tail = open.asSlice(0, tailBytes()).toArray(ValueLayout.JAVA_BYTE);
            } else if (openBlock != NONE) {
                endBlock(openBlock);
            }
            byte[] groups = new byte[GROUP_BYTES];
            ContentDigest.fold(hasher, digests, WHOLE_GROUPS, groups, 0);
            byte[] lastGroup =
                    Arrays.copyOfRange(digests, WHOLE_GROUPS * Grid.DIGEST_BYTES, digests.length);
            add(number, new Page(groups, lastGroup, head, tail));
        }
    }
}
