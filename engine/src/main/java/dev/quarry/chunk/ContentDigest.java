package dev.quarry.chunk;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Names the content of a disk, independent of how it is stored: equal digests mean equal size and
 * equal bytes, whatever the image format, cutter, codec or key, and whether zeros were written,
 * marked or left out.
 *
 * <p>It is a hash tree of fan-out 128 over blocks of 4 KiB, the last block padded with zeros. A
 * block of zeros has the digest of 32 zero bytes, any other block its SHA-256. A node whose
 * children are all zero has that digest too, any other node the SHA-256 of its 128 children's
 * digests, missing ones being zero. The tree is as high as the size demands, and at least two
 * levels, so that a page of 64 MiB is one node. The content digest is the SHA-256 of the 8 bytes
 * {@code QCONTNT 01}, the size as 8 little-endian bytes, and the top node's digest.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record ContentDigest(String hex) {

    static final int FAN_OUT = 128;
    private static final byte[] TAG = {'Q', 'C', 'O', 'N', 'T', 'N', 'T', 1};

    public ContentDigest {
        if (hex.length() != 2 * Grid.DIGEST_BYTES) {
            throw new IllegalArgumentException("content digest of " + hex.length() + " digits");
        }
    }

    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }

    /** Folds digests of one level into those of the next. For one thread. */
    static void fold(
            BlockHasher hasher, byte[] digests, int count, byte[] target, int targetIndex) {
        int group = FAN_OUT * Grid.DIGEST_BYTES;
        for (int i = 0; i < count / FAN_OUT; i++) {
            int to = targetIndex + i * Grid.DIGEST_BYTES;
            if (isZero(digests, i * group, group)) {
                Arrays.fill(target, to, to + Grid.DIGEST_BYTES, (byte) 0);
            } else {
                hasher.hash(digests, i * group, group, target, to);
            }
        }
    }

    private static boolean isZero(byte[] bytes, int index, int length) {
        return Arrays.mismatch(bytes, index, index + length, ZERO_GROUP, 0, length) < 0;
    }

    private static final byte[] ZERO_GROUP = new byte[FAN_OUT * Grid.DIGEST_BYTES];

    /**
     * The digest of a page from those of its blocks.
     *
     * @param digests of the page's 16,384 blocks, those behind the end of the disk zero
     * @return 32 bytes
     */
    public static byte[] ofPage(BlockHasher hasher, byte[] digests) {
        byte[] middle = new byte[FAN_OUT * Grid.DIGEST_BYTES];
        fold(hasher, digests, Grid.PAGE_BLOCKS, middle, 0);
        byte[] page = new byte[Grid.DIGEST_BYTES];
        fold(hasher, middle, FAN_OUT, page, 0);
        return page;
    }

    /**
     * Puts the digests of a disk's pages together. Pages are given in ascending order; those left
     * out are zeros. For one thread.
     */
    public static final class Builder {

        /** Enough for {@link Grid#DISK_BYTES_MAX}: a level for each factor of 128 above a page. */
        private static final int LEVELS_MAX = 5;

        private final BlockHasher hasher = new BlockHasher();
        private final long size;

        /** For each level above the page, the node that is being filled. */
        private final byte[][] open = new byte[LEVELS_MAX][FAN_OUT * Grid.DIGEST_BYTES];

        private final long[] openNode = new long[LEVELS_MAX];
        private final int levels;

        /**
         * @param size of the disk in bytes, at most {@link Grid#DISK_BYTES_MAX}
         */
        public Builder(long size) {
            this.size = size;
            int needed = 0;
            for (long nodes = Math.max(1, Grid.pages(size));
                    nodes > 1;
                    nodes = Math.ceilDiv(nodes, (long) FAN_OUT)) {
                needed++;
            }
            this.levels = needed;
        }

        /**
         * Adds a page.
         *
         * @param page its index, above those before
         * @param digest as {@link #ofPage} gives it
         */
        public void add(long page, byte[] digest) {
            if (levels == 0) {
                System.arraycopy(digest, 0, open[0], 0, Grid.DIGEST_BYTES);
            } else {
                put(0, page, digest);
            }
        }

        private void put(int level, long index, byte[] digest) {
            long node = index / FAN_OUT;
            if (node != openNode[level]) {
                closeNode(level);
                openNode[level] = node;
            }
            System.arraycopy(
                    digest,
                    0,
                    open[level],
                    (int) (index % FAN_OUT) * Grid.DIGEST_BYTES,
                    Grid.DIGEST_BYTES);
        }

        private void closeNode(int level) {
            byte[] digest = new byte[Grid.DIGEST_BYTES];
            fold(hasher, open[level], FAN_OUT, digest, 0);
            Arrays.fill(open[level], (byte) 0);
            if (level + 1 < levels) {
                put(level + 1, openNode[level], digest);
            } else {
                System.arraycopy(digest, 0, open[level], 0, Grid.DIGEST_BYTES);
            }
        }

        /** The digest of the disk; nothing can be added afterwards. */
        public ContentDigest finish() {
            for (int level = 0; level < levels; level++) {
                closeNode(level);
            }
            byte[] top = Arrays.copyOf(open[Math.max(0, levels - 1)], Grid.DIGEST_BYTES);
            byte[] all = new byte[TAG.length + Long.BYTES + top.length];
            System.arraycopy(TAG, 0, all, 0, TAG.length);
            for (int i = 0; i < Long.BYTES; i++) {
                all[TAG.length + i] = (byte) (size >>> (8 * i));
            }
            System.arraycopy(top, 0, all, TAG.length + Long.BYTES, top.length);
            byte[] digest = new byte[Grid.DIGEST_BYTES];
            hasher.hash(all, 0, all.length, digest, 0);
            return new ContentDigest(HexFormat.of().formatHex(digest));
        }
    }
}
