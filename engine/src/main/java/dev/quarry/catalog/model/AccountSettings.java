package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an account has decided for itself.
 *
 * @param account whose settings they are
 * @param subscriptions ids of the products that it pays for (4.7.3)
 * @param publicSharingBlocked whether nothing more can be made public (4.7.2)
 * @param encryptionByDefault whether everything new is encrypted (4.2.9)
 * @param defaultKey name of the key that is used where none is named, or null for the provider's
 * @param retentionRules what its recycle bin holds (4.9.3)
 */
public record AccountSettings(
        String account,
        Set<String> subscriptions,
        boolean publicSharingBlocked,
        boolean encryptionByDefault,
        @Nullable String defaultKey,
        List<RetentionRule> retentionRules) {

    public static final int SUBSCRIPTIONS_MAX = 10_000;

    public AccountSettings {
        subscriptions = Collections.unmodifiableSet(new TreeSet<>(subscriptions));
        retentionRules = List.copyOf(retentionRules);
    }

    /** The settings of an account that never said anything. */
    public static AccountSettings of(String account) {
        return new AccountSettings(account, Set.of(), false, false, null, List.of());
    }

    public AccountSettings withSubscriptions(Set<String> value) {
        return new AccountSettings(
                account,
                value,
                publicSharingBlocked,
                encryptionByDefault,
                defaultKey,
                retentionRules);
    }

    public AccountSettings withPublicSharingBlocked(boolean value) {
        return new AccountSettings(
                account, subscriptions, value, encryptionByDefault, defaultKey, retentionRules);
    }

    public AccountSettings withEncryption(boolean byDefault, @Nullable String key) {
        return new AccountSettings(
                account, subscriptions, publicSharingBlocked, byDefault, key, retentionRules);
    }

    public AccountSettings withRetentionRules(List<RetentionRule> value) {
        return new AccountSettings(
                account,
                subscriptions,
                publicSharingBlocked,
                encryptionByDefault,
                defaultKey,
                value);
    }

    /** The settings as they are stored and shown. */
    public Map<String, Object> toJson() {
        return new JsonObject()
                .put("AccountId", account)
                .putIfAny("Subscriptions", List.copyOf(subscriptions))
                .put(
                        "ImageBlockPublicAccessState",
                        publicSharingBlocked ? "block-new-sharing" : "unblocked")
                .put("EbsEncryptionByDefault", encryptionByDefault)
                .put("DefaultKmsKeyId", defaultKey)
                .putIfAny(
                        "RetentionRules",
                        retentionRules.stream().map(RetentionRule::toJson).toList())
                .map();
    }

    public static AccountSettings fromJson(JsonFields fields) throws CatalogException {
        return new AccountSettings(
                fields.string("AccountId"),
                Set.copyOf(fields.strings("Subscriptions")),
                fields.string("ImageBlockPublicAccessState").equals("block-new-sharing"),
                fields.bool("EbsEncryptionByDefault"),
                fields.optionalString("DefaultKmsKeyId"),
                RetentionRule.fromJson(fields.objects("RetentionRules")));
    }
}
