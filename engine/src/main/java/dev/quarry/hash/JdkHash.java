package dev.quarry.hash;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** One of the JDK's. */
final class JdkHash implements Hash {

    private static final int BUFFER_BYTES = 4096;

    private final MessageDigest digest;

    /**
     * The JDK takes arrays from the heap; bytes copied here are in the first-level cache when they
     * are hashed.
     */
    private final byte[] buffer = new byte[BUFFER_BYTES];

    JdkHash(String algorithm) {
        try {
            this.digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void update(MemorySegment memory, long position, long length) {
        for (long done = 0; done < length; done += BUFFER_BYTES) {
            int piece = (int) Math.min(BUFFER_BYTES, length - done);
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, position + done, buffer, 0, piece);
            digest.update(buffer, 0, piece);
        }
    }

    @Override
    public void update(byte[] bytes, int index, int length) {
        digest.update(bytes, index, length);
    }

    @Override
    public int digestBytes() {
        return digest.getDigestLength();
    }

    @Override
    public void digest(byte[] target, int index) {
        try {
            digest.digest(target, index, digestBytes());
        } catch (DigestException e) {
            throw new AssertionError(e);
        }
    }
}
