package dev.quarry.chunk;

import dev.quarry.hash.Hash;
import dev.quarry.secret.IdNamer;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Hashes blocks, and from the digests of blocks makes the ids of chunks. For one thread.
 *
 * <p>Every non-zero block is hashed once; the id of a chunk is the hash of its blocks' digests, and
 * so is the {@link ContentDigest}. One pass over the bytes serves both, at 3 % above hashing the
 * bytes alone.
 */
public final class BlockHasher {

    /**
     * Begins what is hashed for the id of a chunk, so that no other thing that is hashed can look
     * like one.
     */
    private static final byte[] CHUNK_TAG = {'Q', 'C', 'H', 'U', 'N', 'K', 0, 1};

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[Grid.BLOCK_BYTES]).asReadOnly();

    private final Hash sha256 = Hash.sha256();
    private final @Nullable IdNamer namer;

    public BlockHasher() {
        this(null);
    }

    /**
     * @param key of an encrypted store, whose ids nobody can guess content from; or null
     */
    public BlockHasher(@Nullable StoreKey key) {
        this.namer = key == null ? null : key.newIdNamer();
    }

    /** The JDK's SHA-256, for what is small: to load a faster one takes longer. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether the block at {@code position} of {@code memory} is all zeros. */
    public static boolean isZeroBlock(MemorySegment memory, long position) {
        return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, position) == 0
                && MemorySegment.mismatch(
                                memory,
                                position,
                                position + Grid.BLOCK_BYTES,
                                ZEROS,
                                0,
                                Grid.BLOCK_BYTES)
                        < 0;
    }

    /**
     * Hashes one block.
     *
     * @param memory where it is
     * @param position of its first byte in {@code memory}
     * @param digests receives 32 bytes
     * @param index where in {@code digests}
     */
    public void hashBlock(MemorySegment memory, long position, byte[] digests, int index) {
        sha256.update(memory, position, Grid.BLOCK_BYTES);
        sha256.digest(digests, index);
    }

    /**
     * The id of a chunk.
     *
     * @param digests digests of blocks
     * @param index where those of the chunk begin
     * @param blocks how many they are
     * @param id receives 32 bytes
     */
    public void chunkId(byte[] digests, int index, int blocks, byte[] id) {
        sha256.update(CHUNK_TAG);
        sha256.update(digests, index, blocks * Grid.DIGEST_BYTES);
        sha256.digest(id, 0);
        if (namer != null) {
            namer.name(id);
        }
    }

    /**
     * The id of a node.
     *
     * @return 32 bytes
     */
    public byte[] nodeId(byte[] node) {
        sha256.update(node);
        byte[] id = sha256.digest();
        if (namer != null) {
            namer.name(id);
        }
        return id;
    }

    /** SHA-256 of a range of bytes, as it is. */
    void hash(byte[] bytes, int index, int length, byte[] target, int targetIndex) {
        sha256.update(bytes, index, length);
        sha256.digest(target, targetIndex);
    }
}
