package dev.quarry.secret;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The JDK's AES-256-GCM, AES-256-CTR and HMAC-SHA-256, which every JDK must have. */
final class Crypto {

    static final int KEY_BYTES = 32;
    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    private Crypto() {}

    static byte[] seal(byte[] key, byte[] nonce, byte[] associated, byte[] plain, int length) {
        try {
            Cipher cipher = gcm(Cipher.ENCRYPT_MODE, key, nonce, associated);
            return cipher.doFinal(plain, 0, length);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * @param length of the encrypted bytes, with their tag
     * @throws AEADBadTagException if they are not what was encrypted so
     */
    static byte[] open(
            byte[] key, byte[] nonce, byte[] associated, byte[] sealed, int index, int length)
            throws AEADBadTagException {
        if (length < TAG_BYTES) {
            throw new AEADBadTagException(length + " bytes are fewer than a tag has");
        }
        try {
            Cipher cipher = gcm(Cipher.DECRYPT_MODE, key, nonce, associated);
            return cipher.doFinal(sealed, index, length);
        } catch (AEADBadTagException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static Cipher gcm(int mode, byte[] key, byte[] nonce, byte[] associated)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                mode,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(associated);
        return cipher;
    }

    /** Encrypts, or decrypts: it is the same. */
    static byte[] ctr(byte[] key, byte[] iv, byte[] bytes) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static Mac hmac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] derive(byte[] key, String label) {
        return hmac(key).doFinal(label.getBytes(StandardCharsets.UTF_8));
    }
}
