package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What holds for all accounts of a store.
 *
 * @param region name of the region that the store is (4.8)
 * @param regions other regions: name to the absolute path of its store
 * @param ownerAliases {@code amazon} and the like: alias to the accounts that it stands for
 * @param imagesMax images that an account may own, those in the recycle bin among them, or null for
 *     any number
 * @param publicImagesMax public images that an account may own, or null for any number
 * @param shareTargetsMax whom one image may be shared with
 */
public record StoreSettings(
        String region,
        Map<String, String> regions,
        Map<String, List<String>> ownerAliases,
        @Nullable Integer imagesMax,
        @Nullable Integer publicImagesMax,
        int shareTargetsMax) {

    /** The name of a region that was given none. */
    public static final String REGION_DEFAULT = "local";

    /** EC2's quotas of 2023 (4.7.2), except that the number of images has none here. */
    public static final StoreSettings DEFAULT =
            new StoreSettings(REGION_DEFAULT, Map.of(), Map.of(), null, 5, 1000);

    public StoreSettings {
        regions = Collections.unmodifiableMap(new TreeMap<>(regions));
        Map<String, List<String>> aliases = new TreeMap<>();
        ownerAliases.forEach((alias, accounts) -> aliases.put(alias, List.copyOf(accounts)));
        ownerAliases = Collections.unmodifiableMap(aliases);
    }

    public StoreSettings withRegion(String value) {
        return new StoreSettings(
                value, regions, ownerAliases, imagesMax, publicImagesMax, shareTargetsMax);
    }

    public StoreSettings withRegions(Map<String, String> value) {
        return new StoreSettings(
                region, value, ownerAliases, imagesMax, publicImagesMax, shareTargetsMax);
    }

    public StoreSettings withOwnerAliases(Map<String, List<String>> value) {
        return new StoreSettings(
                region, regions, value, imagesMax, publicImagesMax, shareTargetsMax);
    }

    public StoreSettings withQuotas(
            @Nullable Integer images, @Nullable Integer publicImages, int shareTargets) {
        return new StoreSettings(region, regions, ownerAliases, images, publicImages, shareTargets);
    }

    /** The alias that an account has, or null. */
    public @Nullable String aliasOf(String account) {
        for (Map.Entry<String, List<String>> alias : ownerAliases.entrySet()) {
            if (alias.getValue().contains(account)) {
                return alias.getKey();
            }
        }
        return null;
    }

    /** The settings as they are stored and shown. */
    public Map<String, Object> toJson() {
        Map<String, Object> quotas =
                new JsonObject()
                        .put("Images", imagesMax)
                        .put("PublicImages", publicImagesMax)
                        .put("ShareTargets", shareTargetsMax)
                        .map();
        return new JsonObject()
                .put("RegionName", region)
                .put("Regions", new LinkedHashMap<>(regions))
                .put("OwnerAliases", new LinkedHashMap<>(ownerAliases))
                .put("Quotas", quotas)
                .map();
    }

    public static StoreSettings fromJson(JsonFields fields) throws CatalogException {
        Map<String, String> regions = new TreeMap<>();
        JsonFields stores = fields.object("Regions");
        for (String name : stores.keys()) {
            regions.put(name, stores.string(name));
        }
        Map<String, List<String>> aliases = new TreeMap<>();
        JsonFields owners = fields.object("OwnerAliases");
        for (String alias : owners.keys()) {
            aliases.put(alias, owners.strings(alias));
        }
        JsonFields quotas = fields.object("Quotas");
        return new StoreSettings(
                fields.string("RegionName"),
                regions,
                aliases,
                quotas.optionalInt("Images"),
                quotas.optionalInt("PublicImages"),
                Math.toIntExact(quotas.number("ShareTargets")));
    }
}
