package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Spelled;
import dev.quarry.catalog.model.VolumeType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The form of the first EC2 tools: {@code DEVICE=none}, {@code DEVICE=ephemeralN}, or {@code
 * DEVICE=[SNAPSHOT]:[GiB]:[true|false]:[TYPE]:[IOPS]:[encrypted]} with fields left out from the
 * end. {@code encrypted} may take the place of IOPS.
 */
final class ShortForm {

    private static final int FIELDS_MAX = 6;
    private static final String NONE = "none";
    private static final String ENCRYPTED = "encrypted";
    private static final Pattern EPHEMERAL = Pattern.compile("ephemeral[0-9]+");

    private ShortForm() {}

    static BlockDeviceMapping parse(String text) throws CatalogException {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw failure(text, "is neither JSON, nor DeviceName=…, nor DEVICE=VALUE");
        }
        String device = text.substring(0, equals).strip();
        String value = text.substring(equals + 1).strip();
        if (value.equals(NONE)) {
            return BlockDeviceMapping.none(device);
        }
        if (EPHEMERAL.matcher(value).matches()) {
            return new BlockDeviceMapping(device, new Assignment.VirtualName(value));
        }
        return BlockDeviceMapping.ebs(device, volume(text, value));
    }

    private static Ebs volume(String text, String value) throws CatalogException {
        String[] fields = value.split(":", -1);
        if (fields.length > FIELDS_MAX) {
            throw failure(text, "has " + fields.length + " fields, more than " + FIELDS_MAX);
        }
        String iops = field(fields, 4);
        String encrypted = field(fields, 5);
        if (encrypted == null && ENCRYPTED.equals(iops)) {
            encrypted = iops;
            iops = null;
        }
        String type = field(fields, 3);
        Ebs ebs =
                Ebs.builder()
                        .snapshotId(field(fields, 0))
                        .volumeSize(number(text, field(fields, 1)))
                        .deleteOnTermination(bool(text, field(fields, 2)))
                        .volumeType(
                                type == null
                                        ? null
                                        : Spelled.parse(VolumeType.class, type, "volume type"))
                        .iops(number(text, iops))
                        .encrypted(
                                ENCRYPTED.equals(encrypted) ? Boolean.TRUE : bool(text, encrypted))
                        .build();
        if (ebs.toJson().isEmpty()) {
            throw failure(text, "says nothing of the device");
        }
        return ebs;
    }

    private static @Nullable String field(String[] fields, int index) {
        return index >= fields.length || fields[index].isBlank() ? null : fields[index].strip();
    }

    private static @Nullable Integer number(String text, @Nullable String field)
            throws CatalogException {
        try {
            return field == null ? null : Integer.valueOf(field);
        } catch (NumberFormatException e) {
            throw failure(text, "'" + field + "' is no number");
        }
    }

    private static @Nullable Boolean bool(String text, @Nullable String field)
            throws CatalogException {
        return switch (field) {
            case null -> null;
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> throw failure(text, "'" + field + "' is neither true nor false");
        };
    }

    /** The short form, or nothing if the mapping says what the form has no field for. */
    static Optional<String> print(BlockDeviceMapping mapping) {
        String device = mapping.deviceName();
        return switch (mapping.assignment()) {
            case Assignment.NoDevice none -> Optional.of(device + "=" + NONE);
            case Assignment.VirtualName virtual -> Optional.of(device + "=" + virtual.name());
            case Ebs ebs -> volume(ebs).map(value -> device + "=" + value);
        };
    }

    private static Optional<String> volume(Ebs ebs) {
        boolean expressible =
                ebs.kmsKeyId() == null
                        && ebs.throughput() == null
                        && ebs.volumeInitializationRate() == null;
        if (!expressible || ebs.toJson().isEmpty()) {
            return Optional.empty();
        }
        List<String> fields = new ArrayList<>();
        fields.add(text(ebs.snapshotId()));
        fields.add(text(ebs.volumeSize()));
        fields.add(text(ebs.deleteOnTermination()));
        fields.add(ebs.volumeType() == null ? "" : ebs.volumeType().spelling());
        fields.add(text(ebs.iops()));
        fields.add(Boolean.TRUE.equals(ebs.encrypted()) ? ENCRYPTED : text(ebs.encrypted()));
        while (fields.getLast().isEmpty()) {
            fields.removeLast();
        }
        return Optional.of(String.join(":", fields));
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    private static CatalogException failure(String text, String reason) {
        return new CatalogException(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING, "mapping '" + text + "' " + reason);
    }
}
