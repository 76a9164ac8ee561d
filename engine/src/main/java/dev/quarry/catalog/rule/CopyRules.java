package dev.quarry.catalog.rule;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What a copy of an image is (4.8). */
public final class CopyRules {

    /** EC2's steps, in minutes (4.8.9). */
    public static final int COMPLETION_STEP = 15;

    /** EC2's most: two days. */
    public static final int COMPLETION_MAX = 2880;

    public static final int TOKEN_CHARS_MAX = 64;

    private CopyRules() {}

    /**
     * What is asked of the copy's encryption.
     *
     * @param encrypted or null to leave it as it is
     * @param kmsKeyId name of the key, or null for the default one
     */
    public record Encrypting(@Nullable Boolean encrypted, @Nullable String kmsKeyId) {
        public static final Encrypting KEEP = new Encrypting(null, null);
    }

    /** Rules 4.8.7 and 4.8.9 for what goes with the request. */
    public static void checkRequest(@Nullable String clientToken, @Nullable Integer minutes)
            throws CatalogException {
        if (clientToken != null
                && (clientToken.isEmpty() || clientToken.length() > TOKEN_CHARS_MAX)) {
            throw invalid(
                    "client token of "
                            + clientToken.length()
                            + " characters, not 1 to "
                            + TOKEN_CHARS_MAX);
        }
        if (minutes != null
                && (minutes < COMPLETION_STEP
                        || minutes > COMPLETION_MAX
                        || minutes % COMPLETION_STEP != 0)) {
            throw invalid(
                    "completion within "
                            + minutes
                            + " minutes, not "
                            + COMPLETION_STEP
                            + " to "
                            + COMPLETION_MAX
                            + " in steps of "
                            + COMPLETION_STEP);
        }
    }

    /**
     * Lets pass who may copy an image: who may launch it and read every snapshot of it.
     *
     * @param snapshots those of the image
     */
    public static void requireCopyable(
            MachineImage image, Map<String, Snapshot> snapshots, Actor actor)
            throws CatalogException {
        AccessRules.requireLaunch(image, actor);
        ProductRules.requireCopyable(image, actor);
        for (String id : image.snapshots().keySet()) {
            Snapshot snapshot = snapshots.get(id);
            if (snapshot == null) {
                throw ObjectKind.SNAPSHOT.notFound(id);
            }
            AccessRules.requireUse(snapshot, actor);
        }
    }

    /**
     * Encryption of each snapshot's copy, by the table of 4.2.9 (4.8.6).
     *
     * @return snapshot id to what its copy has
     * @throws CatalogException if encryption would be removed, a key comes without Encrypted, or an
     *     instance-store image would change it (4.8.11)
     */
    public static Map<String, Encryption> encryption(
            MachineImage image,
            Map<String, Snapshot> snapshots,
            Encrypting asked,
            Actor actor,
            EncryptionRules.AccountDefaults defaults)
            throws CatalogException {
        EncryptionRules.checkKey(asked.kmsKeyId());
        Boolean encrypted = asked.encrypted();
        if (asked.kmsKeyId() != null && !Boolean.TRUE.equals(encrypted)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION, "KmsKeyId without Encrypted=true");
        }
        if (!image.isEbsBacked() && encrypted != null) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "image "
                            + image.id()
                            + " is instance-store-backed: its copy cannot change"
                            + " encryption");
        }
        Map<String, Encryption> results = new TreeMap<>();
        for (Snapshot snapshot : snapshots.values()) {
            if (Boolean.FALSE.equals(encrypted) && snapshot.encryption().encrypted()) {
                throw new CatalogException(
                        ErrorCode.INVALID_PARAMETER_COMBINATION,
                        "Encrypted=false for the encrypted snapshot "
                                + snapshot.id()
                                + ": encryption can never be removed");
            }
            results.put(
                    snapshot.id(),
                    EncryptionRules.result(
                            snapshot.facts(),
                            Ebs.builder().encrypted(encrypted).kmsKeyId(asked.kmsKeyId()).build(),
                            actor.account(),
                            defaults));
        }
        return results;
    }

    /**
     * The mapping of a copy: that of the image with the copies of its snapshots.
     *
     * @param copies snapshot id to that of its copy
     */
    public static List<BlockDeviceMapping> mappings(
            MachineImage image, Map<String, String> copies) {
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        for (BlockDeviceMapping mapping : image.mappings()) {
            Ebs ebs = mapping.ebs();
            String id = ebs == null ? null : ebs.snapshotId();
            mappings.add(
                    ebs == null || id == null
                            ? mapping
                            : BlockDeviceMapping.ebs(
                                    mapping.deviceName(),
                                    ebs.toBuilder()
                                            .snapshotId(Objects.requireNonNull(copies.get(id)))
                                            .build()));
        }
        return mappings;
    }

    private static CatalogException invalid(String reason) {
        return new CatalogException(ErrorCode.INVALID_PARAMETER_VALUE, reason);
    }
}
