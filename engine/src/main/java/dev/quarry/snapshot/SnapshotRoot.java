package dev.quarry.snapshot;

import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.Grid;
import dev.quarry.store.StoreException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The root of a snapshot's tree. Its id names the content: equal ids mean equal disks; under one
 * cutter and store, equal disks have equal ids.
 *
 * @param cutter how the disk was cut
 * @param lead bytes by which the disk was moved up onto the grid
 * @param size of the disk in bytes
 * @param levels of inner nodes
 * @param top id of the top node, or 32 zeros for a disk of zeros
 * @param content digest of the disk
 */
public record SnapshotRoot(
        CutterParameters cutter,
        int lead,
        long size,
        int levels,
        byte[] top,
        ContentDigest content) {

    /** Levels of inner nodes that so many pages need. */
    static int levelsFor(long pages) {
        int levels = 0;
        for (long nodes = pages;
                nodes > 1;
                nodes = Math.ceilDiv(nodes, (long) NodeLayout.FAN_OUT)) {
            levels++;
        }
        return levels;
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(NodeLayout.ROOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(NodeLayout.ROOT_MAGIC)
                .putInt(CutterParameters.CUTTER)
                .putInt(cutter.averageBytes())
                .putInt(cutter.maximumBytes())
                .putInt(lead)
                .putLong(size)
                .putInt(levels)
                .putInt(0)
                .put(top)
                .put(content.bytes());
        return out.array();
    }

    static SnapshotRoot decode(byte[] node, String id) throws StoreException {
        ByteBuffer in = ByteBuffer.wrap(node).order(ByteOrder.LITTLE_ENDIAN);
        if (node.length != NodeLayout.ROOT_BYTES || in.getLong(0) != NodeLayout.ROOT_MAGIC) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "node " + id + " is no snapshot root of version 1");
        }
        int cutter = in.getInt(NodeLayout.ROOT_CUTTER);
        if (cutter != CutterParameters.CUTTER) {
            throw new StoreException(
                    StoreException.Kind.VERSION,
                    "snapshot root " + id + " was cut by the unknown cutter " + cutter);
        }
        byte[] top = new byte[Grid.DIGEST_BYTES];
        in.get(NodeLayout.ROOT_TOP, top);
        byte[] content = new byte[Grid.DIGEST_BYTES];
        in.get(NodeLayout.ROOT_CONTENT, content);
        try {
            SnapshotRoot root =
                    new SnapshotRoot(
                            new CutterParameters(
                                    in.getInt(NodeLayout.ROOT_AVERAGE),
                                    in.getInt(NodeLayout.ROOT_MAXIMUM)),
                            in.getInt(NodeLayout.ROOT_LEAD),
                            in.getLong(NodeLayout.ROOT_SIZE),
                            in.getInt(NodeLayout.ROOT_LEVELS),
                            top,
                            new ContentDigest(HexFormat.of().formatHex(content)));
            if (root.size < 0
                    || root.size > Grid.DISK_BYTES_MAX
                    || root.lead < 0
                    || root.lead >= Grid.BLOCK_BYTES
                    || root.levels != levelsFor(root.pages())) {
                throw new IllegalArgumentException(
                        "size 0x"
                                + Long.toHexString(root.size)
                                + " and "
                                + root.levels
                                + " levels");
            }
            return root;
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "snapshot root " + id + " does not hold: " + e.getMessage(),
                    e);
        }
    }

    /** Pages of the grid that the disk takes. */
    long pages() {
        return Grid.pages(Grid.blockCeiling(size + lead));
    }
}
