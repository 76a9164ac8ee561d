package dev.quarry.secret;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

import javax.crypto.AEADBadTagException;
import javax.crypto.Mac;

/**
 * The random key of one store, and the keys that are derived from it, one for each use. Immutable
 * and thread-safe. It is never written but wrapped ({@link KeyWrap}).
 */
public final class StoreKey {

    static final int STORE_ID_BYTES = 16;

    /** "QSEALED", 1. */
    private static final byte[] DOCUMENT_MAGIC = {'Q', 'S', 'E', 'A', 'L', 'E', 'D', 1};

    private static final int SALT_BYTES = 12;
    private static final int DOCUMENT_HEAD =
            DOCUMENT_MAGIC.length + SALT_BYTES + Crypto.NONCE_BYTES;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] key;
    private final byte[] storeId;
    private final byte[] idKey;
    private final byte[] frameKey;
    private final byte[] documentKey;
    private final SipHash cutHash;
    private final NameCipher names;

    /**
     * @param key 32 random bytes
     * @param storeId 16 random bytes
     */
    StoreKey(byte[] key, byte[] storeId) {
        this.key = key.clone();
        this.storeId = storeId.clone();
        byte[] root = Crypto.derive(this.key, "quarry-store " + HexFormat.of().formatHex(storeId));
        this.idKey = Crypto.derive(root, "ids");
        this.frameKey = Crypto.derive(root, "frames");
        this.documentKey = Crypto.derive(root, "documents");
        this.cutHash = new SipHash(Arrays.copyOf(Crypto.derive(root, "cuts"), 16));
        this.names = new NameCipher(Crypto.derive(root, "name-ivs"), Crypto.derive(root, "names"));
    }

    /** A new key of a new store. */
    public static StoreKey random() {
        byte[] key = new byte[Crypto.KEY_BYTES];
        byte[] storeId = new byte[STORE_ID_BYTES];
        RANDOM.nextBytes(key);
        RANDOM.nextBytes(storeId);
        return new StoreKey(key, storeId);
    }

    byte[] key() {
        return key;
    }

    byte[] storeId() {
        return storeId;
    }

    /** Whether two stores have the same key, and so the same ids and cuts. */
    public boolean isSame(StoreKey other) {
        return MessageDigest.isEqual(key, other.key) && Arrays.equals(storeId, other.storeId);
    }

    /** Keys ids, for one thread. */
    public IdNamer newIdNamer() {
        return new IdNamer(Crypto.hmac(idKey));
    }

    /**
     * A keyed hash of a block's digest, which says where chunks end.
     *
     * @param digests digests of blocks
     * @param index where that of the block begins
     */
    public long cutHash(byte[] digests, int index) {
        return cutHash.hash(digests, index);
    }

    /** Encrypts the frames of a pack. */
    public FrameCipher frames(String packName) {
        return new FrameCipher(Crypto.derive(frameKey, packName));
    }

    /**
     * Encrypts a document, under a key made of a new salt and with a new nonce: 192 random bits in
     * all, so that however many are written no pair of them comes twice.
     */
    public byte[] sealDocument(String name, byte[] bytes) {
        byte[] salt = new byte[SALT_BYTES];
        byte[] nonce = new byte[Crypto.NONCE_BYTES];
        RANDOM.nextBytes(salt);
        RANDOM.nextBytes(nonce);
        byte[] sealed =
                Crypto.seal(documentKey(salt), nonce, associated(name), bytes, bytes.length);
        byte[] document = new byte[DOCUMENT_HEAD + sealed.length];
        ByteBuffer.wrap(document).put(DOCUMENT_MAGIC).put(salt).put(nonce).put(sealed);
        return document;
    }

    /**
     * @throws AEADBadTagException if it is not what was written under that name in this store
     */
    public byte[] openDocument(String name, byte[] bytes) throws AEADBadTagException {
        if (bytes.length < DOCUMENT_HEAD
                || !Arrays.equals(DOCUMENT_MAGIC, Arrays.copyOf(bytes, DOCUMENT_MAGIC.length))) {
            throw new AEADBadTagException("is no encrypted document");
        }
        int nonceAt = DOCUMENT_MAGIC.length + SALT_BYTES;
        return Crypto.open(
                documentKey(Arrays.copyOfRange(bytes, DOCUMENT_MAGIC.length, nonceAt)),
                Arrays.copyOfRange(bytes, nonceAt, DOCUMENT_HEAD),
                associated(name),
                bytes,
                DOCUMENT_HEAD,
                bytes.length - DOCUMENT_HEAD);
    }

    private byte[] documentKey(byte[] salt) {
        Mac mac = Crypto.hmac(documentKey);
        return mac.doFinal(salt);
    }

    private static byte[] associated(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    /** The names under which documents are stored. */
    public NameCipher names() {
        return names;
    }
}
