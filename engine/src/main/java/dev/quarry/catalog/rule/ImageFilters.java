package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.Spelled;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The filters of a search (4.10.3, 4.10.4): every filter must fit, and one value of each. Those of
 * what the project leaves out (image-allowed, image-watermark.*, public-ssm-parameter-name,
 * free-tier-eligible) are refused as unknown.
 */
public final class ImageFilters {

    /** EC2's limit of values in one request. */
    public static final int VALUES_MAX = 200;

    public static final String TAG = "tag:";
    private static final String MAPPING = "block-device-mapping.";

    /** What filters look at. */
    private record Subject(MachineImage image, Actor viewer, @Nullable String ownerAlias) {}

    private static final Map<String, Function<Subject, List<String>>> FIELDS = new TreeMap<>();

    static {
        one("architecture", image -> spelling(image.hardware().architecture()));
        one("creation-date", image -> JsonObject.time(image.creationDate()));
        one("description", MachineImage::description);
        one("ena-support", image -> Boolean.toString(image.hardware().enaSupport()));
        one("hypervisor", _ -> "xen");
        one("image-id", MachineImage::id);
        one("image-type", image -> spelling(image.hardware().imageType()));
        one("is-public", image -> Boolean.toString(image.access().isPublic()));
        one("kernel-id", image -> image.hardware().kernelId());
        one("manifest-location", MachineImage::location);
        one("name", MachineImage::name);
        FIELDS.put("owner-alias", subject -> listOf(subject.ownerAlias()));
        one("owner-id", MachineImage::ownerId);
        one("platform", image -> image.hardware().platform());
        many("product-code", image -> codes(image, ProductCode::productCodeId));
        many("product-code.type", image -> codes(image, code -> code.type().spelling()));
        one("ramdisk-id", image -> image.hardware().ramdiskId());
        one("root-device-name", MachineImage::rootDeviceName);
        one("root-device-type", image -> image.isEbsBacked() ? "ebs" : "instance-store");
        one("source-image-id", image -> image.origin().sourceImageId());
        one("source-image-region", image -> image.origin().sourceImageRegion());
        one("source-instance-id", image -> image.origin().sourceInstanceId());
        one("sriov-net-support", image -> image.hardware().sriovNetSupport());
        one("state", image -> image.state().spelling());
        one(
                "state-reason-code",
                image -> image.stateReason() == null ? null : image.stateReason().code());
        one(
                "state-reason-message",
                image -> image.stateReason() == null ? null : image.stateReason().message());
        one("virtualization-type", image -> image.hardware().virtualizationType().spelling());
        FIELDS.put(
                "tag-key",
                subject ->
                        subject.viewer().owns(subject.image())
                                ? List.copyOf(subject.image().tags().values().keySet())
                                : List.of());
        many(
                MAPPING + "device-name",
                image -> image.mappings().stream().map(BlockDeviceMapping::deviceName).toList());
        ebs("delete-on-termination", (ebs, _) -> String.valueOf(ebs.deleteOnTermination()));
        ebs("snapshot-id", (ebs, _) -> ebs.snapshotId());
        ebs("volume-size", ImageFilters::volumeSize);
        ebs("volume-type", (ebs, _) -> spelling(ebs.volumeType()));
        ebs("encrypted", ImageFilters::encrypted);
    }

    private ImageFilters() {}

    private static void one(String name, Function<MachineImage, @Nullable String> field) {
        FIELDS.put(name, subject -> listOf(field.apply(subject.image())));
    }

    private static List<String> listOf(@Nullable String value) {
        return value == null ? List.of() : List.of(value);
    }

    private static void many(String name, Function<MachineImage, List<String>> field) {
        FIELDS.put(name, subject -> field.apply(subject.image()));
    }

    /** A field of volumes; the snapshot's facts are null where there is no snapshot. */
    @FunctionalInterface
    private interface EbsField {
        @Nullable String of(Ebs ebs, @Nullable SnapshotFacts snapshot);
    }

    private static void ebs(String name, EbsField field) {
        many(
                MAPPING + name,
                image -> {
                    List<String> values = new ArrayList<>();
                    for (BlockDeviceMapping mapping : image.mappings()) {
                        Ebs ebs = mapping.ebs();
                        if (ebs != null) {
                            String id = ebs.snapshotId();
                            values.addAll(
                                    listOf(
                                            field.of(
                                                    ebs,
                                                    id == null
                                                            ? null
                                                            : image.snapshots().get(id))));
                        }
                    }
                    return values;
                });
    }

    private static @Nullable String volumeSize(Ebs ebs, @Nullable SnapshotFacts snapshot) {
        if (ebs.volumeSize() != null) {
            return ebs.volumeSize().toString();
        }
        return snapshot == null ? null : Integer.toString(snapshot.sizeGib());
    }

    private static String encrypted(Ebs ebs, @Nullable SnapshotFacts snapshot) {
        boolean encrypted =
                snapshot == null
                        ? Boolean.TRUE.equals(ebs.encrypted())
                        : snapshot.encryption().encrypted();
        return Boolean.toString(encrypted);
    }

    private static @Nullable String spelling(@Nullable Spelled value) {
        return value == null ? null : value.spelling();
    }

    private static List<String> codes(MachineImage image, Function<ProductCode, String> field) {
        return image.access().productCodes().stream().map(field).toList();
    }

    /** Names of all filters; {@code tag:KEY} comes with any key. */
    public static List<String> names() {
        return List.copyOf(FIELDS.keySet());
    }

    /**
     * Refuses filters that there are not.
     *
     * @throws CatalogException of code InvalidParameterValue
     */
    public static void check(Map<String, List<String>> filters) throws CatalogException {
        int values = 0;
        for (Map.Entry<String, List<String>> filter : filters.entrySet()) {
            String name = filter.getKey();
            boolean isTag = name.startsWith(TAG) && name.length() > TAG.length();
            if (!isTag && !FIELDS.containsKey(name)) {
                throw new CatalogException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "there is no filter '"
                                + name
                                + "': there are tag:KEY, "
                                + String.join(", ", FIELDS.keySet()));
            }
            values += filter.getValue().size();
        }
        if (values > VALUES_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    values + " values of filters exceed " + VALUES_MAX);
        }
    }

    /**
     * Whether an image fits every filter.
     *
     * @param filters checked
     * @param viewer sees the tags of its own images alone (4.7.2)
     */
    public static boolean fit(
            Map<String, List<String>> filters,
            MachineImage image,
            Actor viewer,
            @Nullable String ownerAlias) {
        Subject subject = new Subject(image, viewer, ownerAlias);
        for (Map.Entry<String, List<String>> filter : filters.entrySet()) {
            if (!fits(values(filter.getKey(), subject), filter.getValue())) {
                return false;
            }
        }
        return true;
    }

    private static List<String> values(String name, Subject subject) {
        Function<Subject, List<String>> field = FIELDS.get(name);
        if (field != null) {
            return field.apply(subject);
        }
        return subject.viewer().owns(subject.image())
                ? listOf(subject.image().tags().values().get(name.substring(TAG.length())))
                : List.of();
    }

    private static boolean fits(List<String> values, List<String> patterns) {
        for (String pattern : patterns) {
            Wildcard wildcard = new Wildcard(pattern);
            if (values.stream().anyMatch(wildcard::matches)) {
                return true;
            }
        }
        return false;
    }
}
