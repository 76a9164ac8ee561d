package dev.quarry.secret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.testdata.Replay;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

import javax.crypto.AEADBadTagException;

/**
 * Vectors of the papers, and others that were made with Python's {@code hmac} and {@code
 * cryptography} (OpenSSL) after {@code encryption.md}.
 */
final class StoreKeyTest {

    private static final byte[] KEY = count(32);
    private static final byte[] STORE_ID = count(16);
    private static final String PACK = "00112233445566778899aabbccddeeff";

    StoreKeyTest() {}

    private static byte[] count(int bytes) {
        byte[] counted = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            counted[i] = (byte) i;
        }
        return counted;
    }

    private static byte[] filled(int value, int bytes) {
        byte[] filled = new byte[bytes];
        Arrays.fill(filled, (byte) value);
        return filled;
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static StoreKey key() {
        return new StoreKey(KEY, STORE_ID);
    }

    /**
     * Entry 32 of the reference implementation's table, which {@code openssl mac SIPHASH} gives,
     * too.
     */
    @Test
    void sipHashIsThatOfThePaper() {
        assertEquals(
                "ce7cf2722f512771",
                HexFormat.of()
                        .toHexDigits(Long.reverseBytes(new SipHash(count(16)).hash(count(40), 0))));
    }

    /** Test case 16 of McGrew and Viega's "The Galois/Counter Mode of Operation". */
    @Test
    void gcmIsThatOfThePaper() throws AEADBadTagException {
        byte[] key = hex("feffe9928665731c6d6a8f9467308308".repeat(2));
        byte[] nonce = hex("cafebabefacedbaddecaf888");
        byte[] associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        byte[] plain =
                hex(
                        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        byte[] sealed =
                hex(
                        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                + "76fc6ece0f4e1768cddf8853bb2d551b");
        assertArrayEquals(sealed, Crypto.seal(key, nonce, associated, plain, plain.length));
        assertArrayEquals(plain, Crypto.open(key, nonce, associated, sealed, 0, sealed.length));
    }

    /** Section 5.3 of RFC 9106. */
    @Test
    void argon2idIsThatOfTheStandard() {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withSalt(filled(2, 16))
                        .withSecret(filled(3, 8))
                        .withAdditional(filled(4, 12))
                        .withMemoryAsKB(32)
                        .withIterations(3)
                        .withParallelism(4)
                        .build());
        byte[] tag = new byte[32];
        generator.generateBytes(filled(1, 32), tag);
        assertArrayEquals(
                hex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"), tag);
    }

    @Test
    void passphrasesBecomeKeys() {
        assertArrayEquals(
                hex("577f1ff37e9a3e52c97d39f8e83891c1b73b0e87ffe0429cee8ede2fb005fe44"),
                Argon2.derive(text("correct horse"), STORE_ID, KeyWrap.Cost.USUAL));
        assertArrayEquals(
                hex("9c87c06898bc18516669b54a8b95d36e622946494d7a55c26f391a0406068c19"),
                Argon2.derive(text("correct horse"), STORE_ID, new KeyWrap.Cost(64, 2, 1)));
    }

    @Test
    void idsAreKeyed() {
        assertArrayEquals(
                hex("c887fb20085dbb0350974228f70fa7f1a55189b1b3cc0107043012b9a7e45275"),
                new BlockHasher(key()).nodeId(text("node")));
    }

    @Test
    void framesAreSealed() throws AEADBadTagException {
        FrameCipher cipher = key().frames(PACK);
        byte[] sealed = hex("49d81958fdc1df25ec10ee32e6292309c9b8440855e4f3ce405c96");
        assertArrayEquals(sealed, cipher.seal(16, text("entries"), text("plain frame")));
        assertArrayEquals(text("plain frame"), cipher.open(16, text("entries"), sealed));
        assertThrows(AEADBadTagException.class, () -> cipher.open(17, text("entries"), sealed));
        assertThrows(AEADBadTagException.class, () -> cipher.open(16, text("entriez"), sealed));
        assertThrows(
                AEADBadTagException.class,
                () -> key().frames(PACK.replace('0', '1')).open(16, text("entries"), sealed));
        assertThrows(
                AEADBadTagException.class,
                () -> StoreKey.random().frames(PACK).open(16, text("entries"), sealed));
        for (int i = 0; i < sealed.length; i++) {
            byte[] flipped = sealed.clone();
            flipped[i] ^= 1;
            assertThrows(
                    AEADBadTagException.class, () -> cipher.open(16, text("entries"), flipped));
        }
        assertThrows(
                AEADBadTagException.class, () -> cipher.open(16, text("entries"), new byte[15]));
    }

    @Test
    void documentsAreSealed() throws AEADBadTagException {
        byte[] sealed =
                hex(
                        "515345414c454401010101010101010101010101020202020202020202020202"
                                + "f4e0c43e7eaf733c1307ddaf131104ff10cf258caa1737");
        assertArrayEquals(text("{\"a\":1}"), key().openDocument("images/a.json", sealed));
        assertThrows(AEADBadTagException.class, () -> key().openDocument("images/b.json", sealed));
        for (int i = 0; i < sealed.length; i++) {
            byte[] flipped = sealed.clone();
            flipped[i] ^= 1;
            assertThrows(
                    AEADBadTagException.class, () -> key().openDocument("images/a.json", flipped));
        }
        byte[] again = key().sealDocument("x", new byte[0]);
        assertEquals(0, key().openDocument("x", again).length);
        assertFalse(Arrays.equals(again, key().sealDocument("x", new byte[0])), "a nonce repeats");
    }

    @Test
    void aKeyFileOpensWhatItWraps() throws AEADBadTagException {
        KeyWrap wrap =
                new KeyWrap(
                        STORE_ID,
                        KeySource.Kind.KEY_FILE,
                        KeyWrap.Cost.USUAL,
                        filled(3, 16),
                        hex(
                                "0404040404040404040404041d126acb00cce4b25cace5b6ecb9a2ffabeb9953"
                                    + "00ddd85591d2284cdb6e94808c075d08d953dc00e37e2973da7534ef"));
        assertTrue(wrap.open(KeySource.keyFile(count(64))).isSame(key()));
        assertThrows(AEADBadTagException.class, () -> wrap.open(KeySource.keyFile(count(63))));
        assertThrows(AEADBadTagException.class, () -> wrap.open(KeySource.passphrase(count(64))));
    }

    @Test
    void aPassphraseOpensWhatItWraps() throws AEADBadTagException {
        StoreKey key = StoreKey.random();
        KeyWrap wrap =
                KeyWrap.of(key, KeySource.passphrase(text("héllo\n")), new KeyWrap.Cost(64, 1, 1));
        assertTrue(wrap.open(KeySource.passphrase(text("héllo"))).isSame(key));
        assertThrows(
                AEADBadTagException.class, () -> wrap.open(KeySource.passphrase(text("hello"))));
    }

    @Test
    void weakKeysAndUnboundedCostsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> KeySource.keyFile(count(31)));
        assertThrows(IllegalArgumentException.class, () -> KeySource.passphrase(text("\r\n")));
        assertThrows(IllegalArgumentException.class, () -> new KeyWrap.Cost(5 << 20, 3, 4));
        assertThrows(IllegalArgumentException.class, () -> new KeyWrap.Cost(64, 101, 1));
        assertThrows(IllegalArgumentException.class, () -> new KeyWrap.Cost(64, 1, 17));
        assertThrows(IllegalArgumentException.class, () -> new KeyWrap.Cost(-1, 1, 1));
    }

    @Test
    void namesAreSealed() {
        String sealed =
                "terms/name/0b0ddm27q26tqqjoi7mh44dp51n2dj5iljjotplfrkhvu1gnc9ujcghdfh2e58emnc09mphm"
                    + "nnfdk/5q6lo45304k1cp0g4f7k3oeiga6fq6ndi0q0rkua6v5otnvt4m7uonmimosksu4ln172soalhvq3n";
        String name = "terms/name/ab/web.ami-0123456789abcdef0";
        assertEquals(sealed, key().names().seal(name));
        assertEquals(name, key().names().open(sealed));
        assertThrows(
                IllegalArgumentException.class,
                () -> key().names().open(sealed.replace("terms/name", "terms/tag")));
        for (String nonsense : new String[] {"names/x", "names/!", "names/-1", "names/0"}) {
            assertThrows(IllegalArgumentException.class, () -> key().names().open(nonsense));
        }
        assertEquals("images/ami-1.json", key().names().seal("images/ami-1.json"));
        assertEquals("leases/a-/b", key().names().open("leases/a-/b"));
    }

    @Test
    void everyNameComesBack() {
        Replay.seeds(
                300,
                random -> {
                    StringBuilder name = new StringBuilder("terms/tag/0f/");
                    int length = 1 + random.nextInt(230);
                    for (int i = 0; i < length; i++) {
                        name.append("abc019-_.".charAt(random.nextInt(9)));
                    }
                    String sealed = key().names().seal(name.toString());
                    assertEquals(name.toString(), key().names().open(sealed));
                    for (String part : sealed.split("/", -1)) {
                        assertTrue(part.length() <= 255, sealed);
                    }
                    assertTrue(sealed.matches("[a-z0-9/-]+"), sealed);
                    assertNotEquals(sealed, StoreKey.random().names().seal(name.toString()));
                });
    }
}
