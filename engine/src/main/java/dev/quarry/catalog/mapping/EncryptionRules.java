package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.SnapshotFacts;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of encryption when a volume or a snapshot is made from a snapshot (4.2.9). Keys are
 * names here.
 */
public final class EncryptionRules {

    /**
     * An account's own settings.
     *
     * @param byDefault whether everything new is encrypted
     * @param defaultKey the key that is used where none is named, or null for the provider's
     */
    public record AccountDefaults(boolean byDefault, @Nullable String defaultKey) {
        public static final AccountDefaults NONE = new AccountDefaults(false, null);

        /** What an account has decided. */
        public static AccountDefaults of(AccountSettings settings) {
            return new AccountDefaults(settings.encryptionByDefault(), settings.defaultKey());
        }
    }

    private EncryptionRules() {}

    /**
     * Refuses a name that is none: it would count as a key of the account's own (4.7.2).
     *
     * @param key name of a key, or null for the default one
     */
    public static void checkKey(@Nullable String key) throws CatalogException {
        if (key != null && key.isBlank()) {
            throw new CatalogException(ErrorCode.INVALID_PARAMETER_VALUE, "KmsKeyId is empty");
        }
    }

    /**
     * The table of rule 4.2.9.
     *
     * @param snapshot what it is made from, or null for an empty volume
     * @param ebs what was asked: Encrypted and KmsKeyId; valid by 4.2.7
     * @param account who asks; whose snapshot it is decides about the key
     */
    public static Encryption result(
            @Nullable SnapshotFacts snapshot, Ebs ebs, String account, AccountDefaults defaults) {
        if (Boolean.TRUE.equals(ebs.encrypted()) && ebs.kmsKeyId() != null) {
            return new Encryption(true, ebs.kmsKeyId());
        }
        if (snapshot != null && snapshot.encryption().encrypted()) {
            boolean owned = snapshot.ownerId().equals(account);
            return owned ? snapshot.encryption() : new Encryption(true, defaults.defaultKey());
        }
        boolean wanted = Boolean.TRUE.equals(ebs.encrypted()) || defaults.byDefault();
        return wanted ? new Encryption(true, defaults.defaultKey()) : Encryption.NONE;
    }
}
