package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.json.JsonTree;
import dev.quarry.secret.KeySource;
import dev.quarry.secret.KeyWrap;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The document that makes a folder a store: its properties, and of an encrypted one the wrapped
 * key. A property that this Quarry does not know is refused by name: it may say how everything else
 * is read.
 *
 * @param wrap of an encrypted store, or null
 */
record PropertiesDocument(StoreProperties properties, @Nullable KeyWrap wrap) {

    /** The version of the store's format that is written. */
    static final int VERSION = 4;

    /** The oldest version that is read. It is as the present one, without trimmed packs. */
    private static final int OLDEST = 3;

    private static final String FORMAT = "quarry-store";
    private static final String CIPHER = "aes-256-gcm";
    private static final String ARGON2ID = "argon2id";
    private static final String HKDF = "hkdf-sha256";

    private static final Set<String> KNOWN =
            Set.of("format", "version", "cutter", "frameBytes", "codec", "level", "encryption");
    private static final Set<String> KNOWN_OF_CUTTER = Set.of("id", "averageBytes", "maximumBytes");
    private static final Set<String> KNOWN_OF_ENCRYPTION =
            Set.of(
                    "cipher",
                    "store",
                    "kdf",
                    "memoryKib",
                    "iterations",
                    "lanes",
                    "salt",
                    "wrappedKey");

    PropertiesDocument withWrap(KeyWrap other) {
        return new PropertiesDocument(properties, other);
    }

    void create(BlobStore blobs) throws IOException {
        new CheckedBlobStore(blobs).createDocument(ChunkStore.PROPERTIES, bytes());
    }

    /**
     * Replaces the document that this one was made from.
     *
     * @param version of that one
     * @throws BlobConflictException if there is another one by now; nothing was changed
     */
    void replace(BlobStore blobs, String version) throws IOException {
        new CheckedBlobStore(blobs).replaceDocument(ChunkStore.PROPERTIES, bytes(), version);
    }

    /** Makes a store one of the present version, which only a program that knows it opens. */
    static void upgrade(BlobStore blobs) throws IOException {
        while (true) {
            Stored now = readStored(blobs);
            if (now.format() == VERSION) {
                return;
            }
            try {
                now.document().replace(blobs, now.version());
                return;
            } catch (BlobConflictException e) {
                // Somebody else has changed its key, or upgraded it.
            }
        }
    }

    private static StoreException notFound(String where) {
        return new StoreException(
                StoreException.Kind.NOT_FOUND,
                "there is no image store at " + where + " (quarry init makes one)");
    }

    /**
     * The document as it was read.
     *
     * @param format version of the store's format that it says
     * @param version of the document, for {@link #replace}
     */
    record Stored(PropertiesDocument document, int format, String version) {}

    /**
     * Reads it.
     *
     * @throws StoreException of kind NOT_FOUND, VERSION or CORRUPT
     */
    static PropertiesDocument read(BlobStore blobs) throws IOException {
        return readStored(blobs).document();
    }

    /**
     * Reads it as it is stored: those of another version have no checksum.
     *
     * @throws StoreException of kind NOT_FOUND, VERSION or CORRUPT
     */
    static Stored readStored(BlobStore blobs) throws IOException {
        String where = blobs.name();
        BlobStore.Document read =
                blobs.readDocument(ChunkStore.PROPERTIES).orElseThrow(() -> notFound(where));
        byte[] stored = read.bytes();
        try {
            if (DocumentEnvelope.isSealed(stored)) {
                Map<String, Object> json =
                        parse(DocumentEnvelope.open(ChunkStore.PROPERTIES, stored, where));
                int format = requireVersion(json, where);
                return new Stored(fromJson(json, where), format, read.version());
            }
            requireVersion(parse(stored), where);
            throw new IllegalArgumentException("it has no checksum");
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    ChunkStore.PROPERTIES
                            + " of the store does not hold: "
                            + e.getMessage()
                            + ": "
                            + where,
                    e);
        }
    }

    private static Map<String, Object> parse(byte[] bytes) {
        try {
            return JsonTree.readObject(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static int requireVersion(Map<String, Object> json, String where)
            throws StoreException {
        Object version = json.get("version");
        if (!FORMAT.equals(json.get("format"))
                || !(version instanceof Integer number)
                || number < OLDEST
                || number > VERSION) {
            throw new StoreException(
                    StoreException.Kind.VERSION,
                    "the store is of version "
                            + version
                            + ", and this Quarry reads versions "
                            + OLDEST
                            + " to "
                            + VERSION
                            + ": "
                            + where);
        }
        return number;
    }

    private static void requireKnown(Map<?, ?> json, Set<String> known, String where)
            throws StoreException {
        for (Object property : json.keySet()) {
            if (!known.contains(String.valueOf(property))) {
                throw new StoreException(
                        StoreException.Kind.VERSION,
                        "the store has the property '"
                                + property
                                + "', which this Quarry does not know: "
                                + where);
            }
        }
    }

    private static PropertiesDocument fromJson(Map<String, Object> json, String where)
            throws StoreException {
        requireKnown(json, KNOWN, where);
        if (!(json.get("cutter") instanceof Map<?, ?> cutter)
                || !Integer.valueOf(CutterParameters.CUTTER).equals(cutter.get("id"))) {
            throw new StoreException(
                    StoreException.Kind.VERSION, "the store is cut by an unknown cutter: " + where);
        }
        requireKnown(cutter, KNOWN_OF_CUTTER, where);
        StoreProperties properties =
                new StoreProperties(
                        new CutterParameters(
                                integer(cutter.get("averageBytes")),
                                integer(cutter.get("maximumBytes"))),
                        integer(json.get("frameBytes")),
                        Codec.valueOf(String.valueOf(json.get("codec")).toUpperCase(Locale.ROOT)),
                        integer(json.get("level")));
        if (!json.containsKey("encryption")) {
            return new PropertiesDocument(properties, null);
        }
        if (!(json.get("encryption") instanceof Map<?, ?> encryption)
                || !CIPHER.equals(encryption.get("cipher"))) {
            throw new StoreException(
                    StoreException.Kind.VERSION,
                    "the store is encrypted by an unknown cipher: " + where);
        }
        requireKnown(encryption, KNOWN_OF_ENCRYPTION, where);
        return new PropertiesDocument(properties, wrap(encryption));
    }

    private static KeyWrap wrap(Map<?, ?> json) {
        String kdf = String.valueOf(json.get("kdf"));
        boolean isPassphrase = kdf.equals(ARGON2ID);
        if (!isPassphrase && !kdf.equals(HKDF)) {
            throw new IllegalArgumentException("'" + kdf + "' makes no keys here");
        }
        return new KeyWrap(
                hex(json.get("store")),
                isPassphrase ? KeySource.Kind.PASSPHRASE : KeySource.Kind.KEY_FILE,
                isPassphrase
                        ? new KeyWrap.Cost(
                                integer(json.get("memoryKib")),
                                integer(json.get("iterations")),
                                integer(json.get("lanes")))
                        : KeyWrap.Cost.USUAL,
                hex(json.get("salt")),
                hex(json.get("wrappedKey")));
    }

    private static byte[] hex(@Nullable Object value) {
        return HexFormat.of().parseHex(String.valueOf(value));
    }

    private static int integer(@Nullable Object value) {
        if (value instanceof Integer integer) {
            return integer;
        }
        throw new IllegalArgumentException("'" + value + "' is no number");
    }

    private byte[] bytes() {
        Map<String, Object> cutter = new LinkedHashMap<>();
        cutter.put("id", CutterParameters.CUTTER);
        cutter.put("averageBytes", properties.cutter().averageBytes());
        cutter.put("maximumBytes", properties.cutter().maximumBytes());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", FORMAT);
        json.put("version", VERSION);
        json.put("cutter", cutter);
        json.put("frameBytes", properties.frameBytes());
        json.put("codec", properties.codec().name().toLowerCase(Locale.ROOT));
        json.put("level", properties.level());
        KeyWrap key = wrap;
        if (key != null) {
            json.put("encryption", toJson(key));
        }
        return (JsonTree.pretty(json) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> toJson(KeyWrap key) {
        boolean isPassphrase = key.kind() == KeySource.Kind.PASSPHRASE;
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("cipher", CIPHER);
        json.put("store", HexFormat.of().formatHex(key.storeId()));
        json.put("kdf", isPassphrase ? ARGON2ID : HKDF);
        if (isPassphrase) {
            json.put("memoryKib", key.cost().memoryKib());
            json.put("iterations", key.cost().iterations());
            json.put("lanes", key.cost().lanes());
        }
        json.put("salt", HexFormat.of().formatHex(key.salt()));
        json.put("wrappedKey", HexFormat.of().formatHex(key.wrapped()));
        return json;
    }
}
