package dev.quarry.hash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.Random;

/** libcrypto gives the JDK's digests, however the bytes come. */
final class HashTest {

    private static final int BYTES_MAX = 300_000;

    HashTest() {}

    private static Hash libcrypto(String algorithm) {
        Libcrypto.Functions functions = Libcrypto.functionsOrNull(algorithm);
        assumeTrue(functions != null, "no libcrypto.so.3 here (Debian: libssl3)");
        return new LibcryptoHash(Objects.requireNonNull(functions));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA-1", "SHA-256", "SHA-384", "SHA-512"})
    void bothGiveTheSame(String algorithm) throws Exception {
        Hash libcrypto = libcrypto(algorithm);
        Hash jdk = new JdkHash(algorithm);
        assertEquals(jdk.digestBytes(), libcrypto.digestBytes());
        Random random = new Random(41);
        byte[] bytes = new byte[BYTES_MAX];
        random.nextBytes(bytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(BYTES_MAX);
            memory.copyFrom(MemorySegment.ofArray(bytes));
            for (int round = 0; round < 300; round++) {
                MessageDigest expected = MessageDigest.getInstance(algorithm);
                for (int piece = random.nextInt(4); piece >= 0; piece--) {
                    int length = random.nextInt(1 << (1 + random.nextInt(18)));
                    int index = random.nextInt(BYTES_MAX - length);
                    int way = random.nextInt(3);
                    expected.update(bytes, index, length);
                    update(libcrypto, way, bytes, memory, index, length);
                    update(jdk, way, bytes, memory, index, length);
                }
                byte[] digest = expected.digest();
                assertArrayEquals(digest, libcrypto.digest());
                assertArrayEquals(digest, jdk.digest());
            }
        }
    }

    private static void update(
            Hash hash, int way, byte[] bytes, MemorySegment memory, int index, int length) {
        switch (way) {
            case 0 -> hash.update(bytes, index, length);
            case 1 -> hash.update(memory, index, length);
            default -> hash.update(MemorySegment.ofArray(bytes), index, length);
        }
    }

    @Test
    void bytesThatAreNotThereAreNotHashed() {
        Hash hash = libcrypto("SHA-256");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(10);
            assertThrows(IndexOutOfBoundsException.class, () -> hash.update(memory, 1, 10));
            assertThrows(IndexOutOfBoundsException.class, () -> hash.update(memory, -1, 2));
        }
    }

    @Test
    void theJdkStandsInForIt() {
        System.setProperty(Libcrypto.DISABLED_PROPERTY, "true");
        try {
            assertInstanceOf(JdkHash.class, Hash.sha256());
        } finally {
            System.clearProperty(Libcrypto.DISABLED_PROPERTY);
        }
    }
}
