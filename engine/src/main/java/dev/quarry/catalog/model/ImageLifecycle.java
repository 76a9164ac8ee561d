package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What is decided of an image's later life.
 *
 * @param deprecationTime when it vanishes from others' listings, or null
 * @param protection whether it can be deregistered
 * @param protectionCooldownEnd until when a protection that was switched off still holds, or null
 * @param lastLaunchedTime when it was last launched, or null
 * @param recycleBinEnterTime when it went into the recycle bin, or null
 * @param recycleBinExitTime when it leaves the recycle bin for good, or null
 */
public record ImageLifecycle(
        @Nullable Instant deprecationTime,
        DeregistrationProtection protection,
        @Nullable Instant protectionCooldownEnd,
        @Nullable Instant lastLaunchedTime,
        @Nullable Instant recycleBinEnterTime,
        @Nullable Instant recycleBinExitTime) {

    /** Whether an image is guarded against deregistering (4.9.1). */
    public enum DeregistrationProtection implements Spelled {
        DISABLED("disabled"),
        ENABLED("enabled-without-cooldown"),
        ENABLED_WITH_COOLDOWN("enabled-with-cooldown");

        private final String spelling;

        DeregistrationProtection(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String spelling() {
            return spelling;
        }
    }

    public static final ImageLifecycle NEW =
            new ImageLifecycle(null, DeregistrationProtection.DISABLED, null, null, null, null);

    public ImageLifecycle withDeprecationTime(@Nullable Instant time) {
        return new ImageLifecycle(
                time,
                protection,
                protectionCooldownEnd,
                lastLaunchedTime,
                recycleBinEnterTime,
                recycleBinExitTime);
    }

    public ImageLifecycle withProtection(
            DeregistrationProtection newProtection, @Nullable Instant cooldownEnd) {
        return new ImageLifecycle(
                deprecationTime,
                newProtection,
                cooldownEnd,
                lastLaunchedTime,
                recycleBinEnterTime,
                recycleBinExitTime);
    }

    public ImageLifecycle withLastLaunchedTime(Instant time) {
        return new ImageLifecycle(
                deprecationTime,
                protection,
                protectionCooldownEnd,
                time,
                recycleBinEnterTime,
                recycleBinExitTime);
    }

    public ImageLifecycle withRecycleBin(@Nullable Instant enter, @Nullable Instant exit) {
        return new ImageLifecycle(
                deprecationTime, protection, protectionCooldownEnd, lastLaunchedTime, enter, exit);
    }

    void putTo(JsonObject object) {
        object.put("DeprecationTime", deprecationTime)
                .put("DeregistrationProtection", protection)
                .put("DeregistrationProtectionCooldownEnd", protectionCooldownEnd)
                .put("LastLaunchedTime", lastLaunchedTime)
                .put("RecycleBinEnterTime", recycleBinEnterTime)
                .put("RecycleBinExitTime", recycleBinExitTime);
    }

    static ImageLifecycle fromJson(JsonFields fields) throws CatalogException {
        return new ImageLifecycle(
                fields.optionalTime("DeprecationTime"),
                fields.oneOf("DeregistrationProtection", DeregistrationProtection.class),
                fields.optionalTime("DeregistrationProtectionCooldownEnd"),
                fields.optionalTime("LastLaunchedTime"),
                fields.optionalTime("RecycleBinEnterTime"),
                fields.optionalTime("RecycleBinExitTime"));
    }
}
