package dev.quarry.snapshot;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.Cutter;
import dev.quarry.chunk.Grid;
import dev.quarry.chunk.PageReader;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.FrameBuilder;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Cuts the blocks of a page into chunks, stores those that are new, and notes all of them in a
 * leaf. For one thread.
 */
final class PageCutter implements PageReader.BlockConsumer, Closeable {

    private final ChunkSession session;
    private final FrameBuilder frames;
    private final Cutter cutter;
    private final BlockHasher hasher;
    private final boolean digestPages;
    private final byte[] digests = new byte[Grid.PAGE_BLOCKS * Grid.DIGEST_BYTES];
    private final byte[] id = new byte[Grid.DIGEST_BYTES];

    /** A page has at most as many chunks as blocks. */
    private final ByteBuffer leaf =
            ByteBuffer.allocate(NodeLayout.LEAF_ENTRIES + Grid.PAGE_BLOCKS * NodeLayout.ENTRY_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN);

    private int chunks;

    /** The chunk that is being gathered ends before this block and has so many blocks. */
    private int nextBlock;

    private int gathered;
    private long dataBlocks;
    private byte[] pageDigest = TreeBuilder.ZERO_ID;

    /**
     * @param digestPages whether the page's part of the content digest is wanted: only where grid
     *     and disk begin together
     */
    PageCutter(ChunkSession session, Cutter cutter, BlockHasher hasher, boolean digestPages) {
        this.session = session;
        this.frames = session.newFrameBuilder();
        this.cutter = cutter;
        this.hasher = hasher;
        this.digestPages = digestPages;
    }

    /** Begins a page. */
    void begin() {
        Arrays.fill(digests, (byte) 0);
        leaf.clear().position(NodeLayout.LEAF_ENTRIES);
        chunks = 0;
        nextBlock = 0;
        gathered = 0;
        dataBlocks = 0;
    }

    @Override
    public int blocks(MemorySegment memory, long position, int firstBlock, int count)
            throws IOException {
        if (firstBlock != nextBlock) {
            endChunk(memory, position);
        }
        long at = position;
        for (int block = firstBlock; block < firstBlock + count; block++) {
            nextBlock = block;
            if (BlockHasher.isZeroBlock(memory, at)) {
                endChunk(memory, at);
                at += Grid.BLOCK_BYTES;
                continue;
            }
            int index = block * Grid.DIGEST_BYTES;
            hasher.hashBlock(memory, at, digests, index);
            at += Grid.BLOCK_BYTES;
            gathered++;
            nextBlock = block + 1;
            if (cutter.endsAfter(digests, index, gathered)) {
                endChunk(memory, at);
            }
        }
        nextBlock = firstBlock + count;
        return gathered;
    }

    @Override
    public void endOfPage(MemorySegment memory, long position) throws IOException {
        endChunk(memory, position);
        frames.flush();
        pageDigest = digestPages ? ContentDigest.ofPage(hasher, digests) : TreeBuilder.ZERO_ID;
    }

    /** Ends the chunk whose last byte stands before {@code end}. */
    private void endChunk(MemorySegment memory, long end) throws IOException {
        if (gathered == 0) {
            return;
        }
        int first = nextBlock - gathered;
        hasher.chunkId(digests, first * Grid.DIGEST_BYTES, gathered, id);
        if (session.claim(id)) {
            int bytes = gathered * Grid.BLOCK_BYTES;
            frames.add(id, memory, end - bytes, bytes);
        }
        leaf.putShort((short) first).putShort((short) gathered).put(id);
        chunks++;
        dataBlocks += gathered;
        gathered = 0;
    }

    boolean isEmpty() {
        return chunks == 0;
    }

    long dataBytes() {
        return dataBlocks * Grid.BLOCK_BYTES;
    }

    byte[] pageDigest() {
        return pageDigest;
    }

    /** The page's leaf, as it is stored. */
    byte[] leaf() {
        leaf.putLong(0, NodeLayout.LEAF_MAGIC)
                .putInt(NodeLayout.LEAF_CHUNKS, chunks)
                .putInt(NodeLayout.LEAF_CHUNKS + Integer.BYTES, 0)
                .put(NodeLayout.LEAF_CONTENT, pageDigest);
        return Arrays.copyOf(leaf.array(), leaf.position());
    }

    @Override
    public void close() {
        frames.close();
    }
}
