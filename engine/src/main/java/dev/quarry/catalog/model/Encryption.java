package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

/**
 * Whether a snapshot or volume is encrypted, and under the key of which name.
 *
 * @param encrypted whether it is
 * @param kmsKeyId name of the key, or null for the owner's default key; always null if not
 *     encrypted
 */
public record Encryption(boolean encrypted, @Nullable String kmsKeyId) {

    public static final Encryption NONE = new Encryption(false, null);

    public Encryption {
        if (!encrypted && kmsKeyId != null) {
            throw new IllegalArgumentException("a key for what is not encrypted: " + kmsKeyId);
        }
    }

    void putTo(JsonObject object) {
        object.put("Encrypted", encrypted).put("KmsKeyId", kmsKeyId);
    }

    static Encryption fromJson(JsonFields fields) throws CatalogException {
        boolean encrypted = Boolean.TRUE.equals(fields.optionalBool("Encrypted"));
        return new Encryption(encrypted, encrypted ? fields.optionalString("KmsKeyId") : null);
    }
}
