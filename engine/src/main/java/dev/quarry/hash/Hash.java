package dev.quarry.hash;

import java.lang.foreign.MemorySegment;

/**
 * A hash function, for one digest after the other: by the system's libcrypto if it has one, which
 * runs at full speed from the first byte on and where the bytes are, or else by the JDK, which runs
 * at a tenth of its speed until the optimizing compiler has seen it. For one thread.
 */
public interface Hash {

    /** The JDK's name of SHA-256. */
    String SHA_256 = "SHA-256";

    /** A SHA-256. */
    static Hash sha256() {
        return of(SHA_256);
    }

    /** Loads what a SHA-256 needs: 10 to 30 ms that the first would take. */
    static void load() {
        Libcrypto.functionsOrNull(SHA_256);
    }

    /**
     * A hash function by its name in the JDK.
     *
     * @param algorithm one that every JDK has
     */
    static Hash of(String algorithm) {
        Libcrypto.Functions functions = Libcrypto.functionsOrNull(algorithm);
        return functions == null ? new JdkHash(algorithm) : new LibcryptoHash(functions);
    }

    /**
     * Goes on with bytes.
     *
     * @param memory must stay open until this returns; not a mapped file's, because a page that
     *     cannot be read would take the JVM with it
     */
    void update(MemorySegment memory, long position, long length);

    /** Goes on with bytes. */
    void update(byte[] bytes, int index, int length);

    /** Goes on with all bytes of a piece of memory. */
    default void update(MemorySegment memory) {
        update(memory, 0, memory.byteSize());
    }

    /** Goes on with all bytes of an array. */
    default void update(byte[] bytes) {
        update(bytes, 0, bytes.length);
    }

    /** Bytes of a digest. */
    int digestBytes();

    /** Ends the digest, and begins the next. */
    void digest(byte[] target, int index);

    /** Ends the digest, and begins the next. */
    default byte[] digest() {
        byte[] digest = new byte[digestBytes()];
        digest(digest, 0);
        return digest;
    }
}
