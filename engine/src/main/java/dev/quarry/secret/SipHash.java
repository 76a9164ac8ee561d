package dev.quarry.secret;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 of 32 bytes (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a
 * keyed function that costs some nanoseconds. Immutable and thread-safe.
 */
final class SipHash {

    private static final int INPUT_BYTES = 32;

    private final long k0;
    private final long k1;

    /**
     * @param key 16 bytes
     */
    SipHash(byte[] key) {
        ByteBuffer words = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        this.k0 = words.getLong();
        this.k1 = words.getLong();
    }

    /** Hashes 32 bytes from {@code index} on. */
    long hash(byte[] input, int index) {
        ByteBuffer words = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
        long[] v = {
            k0 ^ 0x736f6d6570736575L,
            k1 ^ 0x646f72616e646f6dL,
            k0 ^ 0x6c7967656e657261L,
            k1 ^ 0x7465646279746573L
        };
        for (int at = 0; at < INPUT_BYTES; at += Long.BYTES) {
            compress(v, words.getLong(index + at));
        }
        compress(v, (long) INPUT_BYTES << 56);
        v[2] ^= 0xff;
        for (int round = 0; round < 4; round++) {
            round(v);
        }
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    private static void compress(long[] v, long word) {
        v[3] ^= word;
        round(v);
        round(v);
        v[0] ^= word;
    }

    private static void round(long[] v) {
        v[0] += v[1];
        v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
        v[0] = Long.rotateLeft(v[0], 32);
        v[2] += v[3];
        v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
        v[2] = Long.rotateLeft(v[2], 32);
    }
}
