package dev.quarry.catalog.model;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * On whose behalf something is done. It is a claim: who can read the store's folder is trusted to
 * make it truly.
 *
 * @param account EC2's are 12 digits; any of {@link #ACCOUNT_PATTERN} will do
 * @param organizations organisations and organisational units that the account is in, all levels,
 *     as shares name them
 */
public record Actor(String account, Set<String> organizations) {

    /**
     * Letters, digits and {@code - _ .}; it begins with a letter or digit and has at most 64
     * characters.
     */
    public static final Pattern ACCOUNT_PATTERN =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** The account of those who did not say: 12 zeros. */
    public static final String DEFAULT_ACCOUNT = "000000000000";

    /** Words that stand for other things where accounts are named. */
    private static final Set<String> RESERVED =
            Set.of("self", "all", "amazon", "aws-marketplace", "aws-backup-vault");

    public Actor {
        organizations = Set.copyOf(organizations);
    }

    /** An account that is in no organisation. */
    public static Actor of(String account) throws CatalogException {
        return new Actor(checkAccount(account), Set.of());
    }

    /**
     * The account, once it has the right shape.
     *
     * @throws CatalogException of code InvalidParameterValue otherwise
     */
    public static String checkAccount(String account) throws CatalogException {
        if (!ACCOUNT_PATTERN.matcher(account).matches() || RESERVED.contains(account)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "'"
                            + account
                            + "' is no account: 1 to 64 letters, digits and - _ . that are not a"
                            + " reserved word");
        }
        return account;
    }

    public boolean owns(CatalogObject object) {
        return account.equals(object.ownerId());
    }
}
