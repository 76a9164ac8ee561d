package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.store.BlobWriter;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** Blocks that were put and wait for their snapshot to be completed. */
final class StagedBlocksTest {

    StagedBlocksTest() {}

    @Test
    void aDamagedBlockCanBePutAgain() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore();
        byte[] data = MemoryDisk.content(1, BlockRules.BLOCK_BYTES);
        String name =
                "blocks/snap-1/0-" + HexFormat.of().formatHex(BlockRules.digest(data)) + ".bin";
        byte[] damaged = data.clone();
        damaged[7] ^= 1;
        try (BlobWriter writer = blobs.newBlob()) {
            writer.write(0, MemorySegment.ofArray(damaged));
            writer.seal();
            writer.publish(name);
        }
        StagedBlocks staged = new StagedBlocks(blobs);
        assertTrue(staged.isDamaged(name));
        staged.write(name, data);
        assertFalse(staged.isDamaged(name));
        assertArrayEquals(data, staged.read(name));
    }
}
