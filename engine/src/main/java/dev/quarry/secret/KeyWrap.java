package dev.quarry.secret;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.AEADBadTagException;

/**
 * A store's key as it stands in the store's properties: encrypted with a key that is made of a
 * passphrase or key file. Another one can wrap the same key, without touching anything else.
 *
 * @param storeId 16 bytes
 * @param kind what opens it
 * @param cost of making the key of a passphrase; of no meaning for a key file
 * @param salt 16 bytes
 * @param wrapped nonce, encrypted key and tag
 */
public record KeyWrap(byte[] storeId, KeySource.Kind kind, Cost cost, byte[] salt, byte[] wrapped) {

    private static final int SALT_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * What Argon2id may take.
     *
     * @param memoryKib at most 4 GiB
     * @param iterations at most 100
     * @param lanes at most 16
     */
    public record Cost(int memoryKib, int iterations, int lanes) {

        /** The second choice of RFC 9106, for where 2 GiB are too much: 64 MiB, three passes. */
        public static final Cost USUAL = new Cost(64 << 10, 3, 4);

        private static final int MEMORY_KIB_MAX = 4 << 20;
        private static final int ITERATIONS_MAX = 100;
        private static final int LANES_MAX = 16;

        public Cost {
            if (memoryKib < 8 * lanes
                    || memoryKib > MEMORY_KIB_MAX
                    || iterations < 1
                    || iterations > ITERATIONS_MAX
                    || lanes < 1
                    || lanes > LANES_MAX) {
                throw new IllegalArgumentException(
                        "Argon2id with "
                                + memoryKib
                                + " KiB, "
                                + iterations
                                + " iterations and "
                                + lanes
                                + " lanes is not within its limits");
            }
        }
    }

    public KeyWrap {
        if (storeId.length != StoreKey.STORE_ID_BYTES
                || salt.length != SALT_BYTES
                || wrapped.length != Crypto.NONCE_BYTES + Crypto.KEY_BYTES + Crypto.TAG_BYTES) {
            throw new IllegalArgumentException("a wrapped key is not of the right length");
        }
    }

    /** Wraps a key. */
    public static KeyWrap of(StoreKey key, KeySource source, Cost cost) {
        byte[] salt = new byte[SALT_BYTES];
        byte[] nonce = new byte[Crypto.NONCE_BYTES];
        RANDOM.nextBytes(salt);
        RANDOM.nextBytes(nonce);
        byte[] sealed =
                Crypto.seal(
                        wrappingKey(source, salt, cost),
                        nonce,
                        associated(key.storeId()),
                        key.key(),
                        Crypto.KEY_BYTES);
        byte[] wrapped = Arrays.copyOf(nonce, nonce.length + sealed.length);
        System.arraycopy(sealed, 0, wrapped, nonce.length, sealed.length);
        return new KeyWrap(key.storeId(), source.kind(), cost, salt, wrapped);
    }

    /**
     * Takes the key out.
     *
     * @param source of the kind that this one has
     * @throws AEADBadTagException if the passphrase or key file is another one
     */
    public StoreKey open(KeySource source) throws AEADBadTagException {
        byte[] key =
                Crypto.open(
                        wrappingKey(source, salt, cost),
                        Arrays.copyOf(wrapped, Crypto.NONCE_BYTES),
                        associated(storeId),
                        wrapped,
                        Crypto.NONCE_BYTES,
                        wrapped.length - Crypto.NONCE_BYTES);
        return new StoreKey(key, storeId);
    }

    private static byte[] wrappingKey(KeySource source, byte[] salt, Cost cost) {
        return switch (source.kind()) {
            case PASSPHRASE -> Argon2.derive(source.bytes(), salt, cost);
            case KEY_FILE -> {
                // HKDF (RFC 5869): extract with the salt, expand to one block.
                byte[] extracted = Crypto.hmac(salt).doFinal(source.bytes());
                yield Crypto.derive(extracted, "quarry-key-file\u0001");
            }
        };
    }

    private static byte[] associated(byte[] storeId) {
        byte[] label = "quarry-key".getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(label, label.length + storeId.length);
        System.arraycopy(storeId, 0, all, label.length, storeId.length);
        return all;
    }
}
