package dev.quarry.catalog.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A rule of the recycle bin (4.9.3): images that it matches are held when they are deregistered.
 *
 * @param id names the rule in its account
 * @param tags a rule with tags matches images that have any of them; one without matches all
 * @param days for how long images are held
 */
public record RetentionRule(String id, Map<String, String> tags, int days) {

    public static final int DAYS_MAX = 365;
    public static final int RULES_MAX = 100;

    public RetentionRule {
        tags = Collections.unmodifiableMap(new TreeMap<>(tags));
    }

    /**
     * The rule, once its numbers are possible.
     *
     * @throws CatalogException of code InvalidParameterValue
     */
    public static RetentionRule of(String id, Map<String, String> tags, int days)
            throws CatalogException {
        if (days < 1 || days > DAYS_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "retention of " + days + " days, not 1 to " + DAYS_MAX);
        }
        if (!Actor.ACCOUNT_PATTERN.matcher(id).matches()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "'" + id + "' is no name of a rule: 1 to 64 letters, digits and - _ .");
        }
        return new RetentionRule(id, Tags.of(tags).values(), days);
    }

    /** Whether an image with those tags is held. */
    public boolean matches(Tags imageTags) {
        return tags.isEmpty()
                || tags.entrySet().stream().anyMatch(imageTags.values().entrySet()::contains);
    }

    /** The rule as it is stored and shown. */
    public Map<String, Object> toJson() {
        return new JsonObject()
                .put("Identifier", id)
                .put("ResourceType", "EC2_IMAGE")
                .putIfAny("ResourceTags", new Tags(tags).toJson())
                .put("RetentionDays", days)
                .map();
    }

    static List<RetentionRule> fromJson(List<JsonFields> list) throws CatalogException {
        List<RetentionRule> rules = new ArrayList<>();
        for (JsonFields fields : list) {
            rules.add(
                    new RetentionRule(
                            fields.string("Identifier"),
                            Tags.fromJson(fields.objects("ResourceTags")).values(),
                            Math.toIntExact(fields.number("RetentionDays"))));
        }
        return List.copyOf(rules);
    }
}
