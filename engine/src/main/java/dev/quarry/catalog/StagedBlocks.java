package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.chunk.Grid;
import dev.quarry.store.Blob;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;
import dev.quarry.store.BlobWriter;
import dev.quarry.store.Findings;
import dev.quarry.store.StoreException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Blocks that were put and wait for the completion of their snapshot: blobs, or documents where
 * those are encrypted, because blobs are not. A name ends with the block's digest.
 */
final class StagedBlocks {

    static final String FOLDER = "blocks/";
    static final String SUFFIX = ".bin";

    private final BlobStore blobs;

    StagedBlocks(BlobStore blobs) {
        this.blobs = blobs;
    }

    static byte[] digestOf(String name) {
        int end = name.length() - SUFFIX.length();
        return HexFormat.of().parseHex(name, end - 2 * Grid.DIGEST_BYTES, end);
    }

    void write(String name, byte[] data) throws IOException {
        try {
            create(name, data);
        } catch (BlobConflictException _) {
            // The same block was put before: what is damaged of it gives way.
            if (isDamaged(name)) {
                blobs.delete(name);
                create(name, data);
            }
        }
    }

    private void create(String name, byte[] data) throws IOException {
        if (blobs.key() != null) {
            blobs.createDocument(name, data);
            return;
        }
        try (BlobWriter blob = blobs.newBlob()) {
            blob.write(0, MemorySegment.ofArray(data));
            blob.seal();
            blob.publish(name);
        }
    }

    /** Whether a block is there, and not what was put. */
    boolean isDamaged(String name) throws IOException {
        try {
            read(name);
            return false;
        } catch (CatalogException e) {
            return false;
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.CORRUPT) {
                return true;
            }
            throw e;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return true;
        }
    }

    /**
     * The bytes of a block that was put.
     *
     * @throws StoreException of kind CORRUPT if they are not what was put
     */
    byte[] read(String name) throws IOException {
        byte[] data = stored(name);
        if (data == null) {
            throw new CatalogException(
                    ErrorCode.CONCURRENT_MODIFICATION,
                    "a block was put, or the snapshot ended, while it was being completed");
        }
        if (data.length != BlockRules.BLOCK_BYTES
                || !Arrays.equals(BlockRules.digest(data), digestOf(name))) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "block is not what was written: " + name + " in " + blobs.name());
        }
        return data;
    }

    private byte @Nullable [] stored(String name) throws IOException {
        if (blobs.key() != null) {
            return blobs.readDocument(name).map(BlobStore.Document::bytes).orElse(null);
        }
        try (Blob blob = blobs.open(name)) {
            byte[] data = new byte[(int) Math.min(blob.size(), BlockRules.BLOCK_BYTES + 1)];
            blob.read(0, MemorySegment.ofArray(data));
            return data;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Compares every block with its digest. */
    void check(Findings findings) throws IOException {
        for (String name : blobs.list(FOLDER)) {
            try {
                read(name);
            } catch (CatalogException e) {
                // Gone meanwhile.
            } catch (StoreException e) {
                findings.add(name, String.valueOf(e.getMessage()));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                findings.add(name, "is nothing that belongs here");
            }
        }
    }
}
