package dev.quarry.secret;

import java.nio.ByteBuffer;

import javax.crypto.AEADBadTagException;

/**
 * Encrypts the frames of one pack. Its key is derived from the pack's name, which is random and
 * never comes again, and the nonce of a frame is its position in the pack, where nothing else is
 * ever written: so no nonce comes twice with a key. Thread-safe.
 */
public final class FrameCipher {

    /** Bytes that a frame is longer when it is encrypted. */
    public static final int OVERHEAD_BYTES = Crypto.TAG_BYTES;

    private final byte[] key;

    FrameCipher(byte[] key) {
        this.key = key;
    }

    private static byte[] nonce(long position) {
        byte[] nonce = new byte[Crypto.NONCE_BYTES];
        ByteBuffer.wrap(nonce).putInt(0).putLong(position);
        return nonce;
    }

    /**
     * @param position of the frame in its pack
     * @param associated what the pack's tables say of the frame
     */
    public byte[] seal(long position, byte[] associated, byte[] plain) {
        return Crypto.seal(key, nonce(position), associated, plain, plain.length);
    }

    /**
     * @throws AEADBadTagException if it is not what was written there with these entries
     */
    public byte[] open(long position, byte[] associated, byte[] sealed) throws AEADBadTagException {
        return Crypto.open(key, nonce(position), associated, sealed, 0, sealed.length);
    }
}
