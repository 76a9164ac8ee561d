package dev.quarry.catalog;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.catalog.model.StoreSettings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What an account has decided for itself, and what holds for the whole store. Thread-safe. */
public final class Settings {

    private static final Pattern PRODUCT_CODE = Pattern.compile("[A-Za-z0-9_.-]{1,128}");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    private final Tables tables;
    private final Actor actor;

    Settings(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /** The account's own settings. */
    public AccountSettings account() throws IOException {
        return tables.settings.account(actor.account());
    }

    /** What holds for all accounts. */
    public StoreSettings store() throws IOException {
        return tables.settings.store();
    }

    /**
     * The product code, once it has the right shape.
     *
     * @throws CatalogException of code InvalidParameterValue otherwise
     */
    public static String checkProductCode(String code) throws CatalogException {
        if (!PRODUCT_CODE.matcher(code).matches()) {
            throw invalid("'" + code + "' is no product code: 1 to 128 letters, digits and - _ .");
        }
        return code;
    }

    /** Subscribes the account to a product (4.7.3). */
    public AccountSettings subscribe(String productCode) throws IOException {
        checkProductCode(productCode);
        return tables.settings.changeAccount(
                actor.account(),
                present -> {
                    TreeSet<String> codes = new TreeSet<>(present.subscriptions());
                    codes.add(productCode);
                    if (codes.size() > AccountSettings.SUBSCRIPTIONS_MAX) {
                        throw new CatalogException(
                                ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                                codes.size()
                                        + " subscriptions exceed "
                                        + AccountSettings.SUBSCRIPTIONS_MAX);
                    }
                    return present.withSubscriptions(codes);
                });
    }

    /** Ends a subscription. */
    public AccountSettings unsubscribe(String productCode) throws IOException {
        return tables.settings.changeAccount(
                actor.account(),
                present -> {
                    TreeSet<String> codes = new TreeSet<>(present.subscriptions());
                    codes.remove(productCode);
                    return present.withSubscriptions(codes);
                });
    }

    /** Lets nothing more of the account become public; what is public stays so (4.7.2). */
    public AccountSettings blockPublicSharing() throws IOException {
        return tables.settings.changeAccount(
                actor.account(), present -> present.withPublicSharingBlocked(true));
    }

    /** Ends {@link #blockPublicSharing}. */
    public AccountSettings unblockPublicSharing() throws IOException {
        return tables.settings.changeAccount(
                actor.account(), present -> present.withPublicSharingBlocked(false));
    }

    /**
     * Has everything new encrypted (4.2.9).
     *
     * @param key name of the key where none is named, or null for the provider's
     */
    public AccountSettings encryptByDefault(@Nullable String key) throws IOException {
        EncryptionRules.checkKey(key);
        return tables.settings.changeAccount(
                actor.account(), present -> present.withEncryption(true, key));
    }

    /** Ends {@link #encryptByDefault}; the default key stays. */
    public AccountSettings doNotEncryptByDefault() throws IOException {
        return tables.settings.changeAccount(
                actor.account(), present -> present.withEncryption(false, present.defaultKey()));
    }

    /** Adds a rule of the recycle bin, or replaces the one of that id (4.9.3). */
    public AccountSettings retain(RetentionRule rule) throws IOException {
        return tables.settings.changeAccount(
                actor.account(),
                present -> {
                    List<RetentionRule> rules = without(present, rule.id());
                    rules.add(rule);
                    if (rules.size() > RetentionRule.RULES_MAX) {
                        throw new CatalogException(
                                ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                                rules.size() + " rules exceed " + RetentionRule.RULES_MAX);
                    }
                    return present.withRetentionRules(rules);
                });
    }

    /** Removes a rule of the recycle bin; what it holds stays for as long as it was to. */
    public AccountSettings doNotRetain(String ruleId) throws IOException {
        return tables.settings.changeAccount(
                actor.account(), present -> present.withRetentionRules(without(present, ruleId)));
    }

    private static List<RetentionRule> without(AccountSettings settings, String ruleId) {
        List<RetentionRule> rules = new ArrayList<>(settings.retentionRules());
        rules.removeIf(rule -> rule.id().equals(ruleId));
        return rules;
    }

    /** A change of what holds for all accounts. */
    @FunctionalInterface
    public interface StoreChange {
        StoreSettings apply(StoreSettings present) throws CatalogException;
    }

    /** Makes all of several changes, or none if one is refused. */
    public StoreSettings change(List<StoreChange> changes) throws IOException {
        return tables.settings.changeStore(present -> {
            StoreSettings changed = present;
            for (StoreChange change : changes) {
                changed = change.apply(changed);
            }
            return changed;
        });
    }

    /** Says which accounts an alias such as {@code amazon} stands for; none to remove it. */
    public static StoreChange ownerAlias(String alias, List<String> accounts) {
        return present -> {
            checkName(alias);
            for (String account : accounts) {
                Actor.checkAccount(account);
            }
            Map<String, List<String>> aliases = new TreeMap<>(present.ownerAliases());
            if (accounts.isEmpty()) {
                aliases.remove(alias);
            } else {
                aliases.put(alias, accounts);
            }
            return present.withOwnerAliases(aliases);
        };
    }

    /** Names the region that the store is (4.8). */
    public static StoreChange regionName(String name) {
        return present -> {
            checkName(name);
            return present.withRegion(name);
        };
    }

    /** Sets how many images an account may have (4.7.2); null stands for any number. */
    public static StoreChange imagesQuota(@Nullable Integer most) {
        return present ->
                present.withQuotas(
                        checkQuota(most), present.publicImagesMax(), present.shareTargetsMax());
    }

    /** Sets how many public images an account may have (4.7.2); null stands for any number. */
    public static StoreChange publicImagesQuota(@Nullable Integer most) {
        return present ->
                present.withQuotas(
                        present.imagesMax(), checkQuota(most), present.shareTargetsMax());
    }

    /** Sets whom one image may be shared with at most (4.7.2). */
    public static StoreChange shareTargetsQuota(int most) {
        return present -> {
            checkQuota(most);
            return present.withQuotas(present.imagesMax(), present.publicImagesMax(), most);
        };
    }

    private static @Nullable Integer checkQuota(@Nullable Integer most) throws CatalogException {
        if (most != null && most < 0) {
            throw invalid("a quota is 0 or more");
        }
        return most;
    }

    /**
     * Makes another store known as a region (4.8).
     *
     * @param store absolute path of its folder
     */
    public StoreSettings addRegion(String name, String store) throws IOException {
        checkName(name);
        return tables.settings.changeStore(present -> {
            if (name.equals(present.region())) {
                throw invalid("region " + name + " is this store itself");
            }
            Map<String, String> regions = new TreeMap<>(present.regions());
            regions.put(name, store);
            return present.withRegions(regions);
        });
    }

    /** Forgets a region. */
    public StoreSettings removeRegion(String name) throws IOException {
        return tables.settings.changeStore(present -> {
            Map<String, String> regions = new TreeMap<>(present.regions());
            if (regions.remove(name) == null) {
                throw unknownRegion(name);
            }
            return present.withRegions(regions);
        });
    }

    /**
     * The folder of a region's store.
     *
     * @throws CatalogException of code InvalidRegion if there is no such region
     */
    public String regionStore(String name) throws IOException {
        String store = store().regions().get(name);
        if (store == null) {
            throw unknownRegion(name);
        }
        return store;
    }

    private static CatalogException unknownRegion(String name) {
        return new CatalogException(ErrorCode.INVALID_REGION, "there is no region '" + name + "'");
    }

    private static void checkName(String name) throws CatalogException {
        if (!NAME.matcher(name).matches()) {
            throw invalid("'" + name + "' is no name: lower-case letters, digits and -");
        }
    }

    private static CatalogException invalid(String reason) {
        return new CatalogException(ErrorCode.INVALID_PARAMETER_VALUE, reason);
    }
}
