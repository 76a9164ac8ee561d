package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Json;
import dev.quarry.catalog.model.JsonFields;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads block device mappings from text, in any of three forms:
 *
 * <ul>
 *   <li>EC2's JSON, one object or an array of them;
 *   <li>the AWS command line's shorthand, {@code DeviceName=/dev/sdb,Ebs={VolumeSize=100}};
 *   <li>the short form of the first EC2 tools, {@code /dev/sdb=snap-…:100:true:gp3}, {@code
 *       /dev/sdc=ephemeral0}, {@code /dev/sdd=none}.
 * </ul>
 *
 * What is read has the right form and types; whether it makes sense is for {@link MappingRules}.
 * All failures are CatalogExceptions of code InvalidBlockDeviceMapping (or InvalidParameterValue
 * for an unknown volume type).
 */
public final class MappingParser {

    private static final String FILE_PREFIX = "file://";
    private static final Pattern SHORTHAND =
            Pattern.compile("\\s*(DeviceName|Ebs|VirtualName|NoDevice)\\s*=.*", Pattern.DOTALL);
    private static final Set<String> NUMBERS =
            Set.of("VolumeSize", "Iops", "Throughput", "VolumeInitializationRate");
    private static final Set<String> BOOLEANS = Set.of("DeleteOnTermination", "Encrypted");

    /** Rule 4.2.7, and what is left out of the rules on purpose. */
    private static final Set<String> REFUSED =
            Set.of("AvailabilityZone", "AvailabilityZoneId", "OutpostArn", "EbsCardIndex");

    private MappingParser() {}

    /** Reads the text of a file that a {@code file://} argument names. */
    @FunctionalInterface
    public interface TextReader {
        String read(String path) throws IOException;
    }

    /**
     * Reads a command-line argument.
     *
     * @param argument a mapping, or {@code file://PATH}
     * @param reader opens PATH; what it throws is passed on
     */
    public static List<BlockDeviceMapping> parse(String argument, TextReader reader)
            throws IOException {
        return argument.startsWith(FILE_PREFIX)
                ? parse(reader.read(argument.substring(FILE_PREFIX.length())))
                : parse(argument);
    }

    /** Reads one or more mappings. */
    public static List<BlockDeviceMapping> parse(String text) throws CatalogException {
        String trimmed = text.strip();
        if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
            return fromJson(trimmed);
        }
        if (SHORTHAND.matcher(trimmed).matches()) {
            return List.of(fromShorthand(trimmed));
        }
        return List.of(ShortForm.parse(trimmed));
    }

    private static List<BlockDeviceMapping> fromJson(String text) throws CatalogException {
        String where = "block device mapping";
        Object value = Json.read(text, where, ErrorCode.INVALID_BLOCK_DEVICE_MAPPING);
        List<?> entries = value instanceof List<?> list ? list : List.of(value);
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        for (Object entry : entries) {
            mappings.add(entry(entry, where + " " + mappings.size()));
        }
        return mappings;
    }

    private static BlockDeviceMapping entry(Object value, String where) throws CatalogException {
        JsonFields fields = JsonFields.of(value, where, ErrorCode.INVALID_BLOCK_DEVICE_MAPPING);
        fields.requireOnly(BlockDeviceMapping.FIELDS);
        JsonFields ebs = fields.optionalObject("Ebs");
        if (ebs != null) {
            for (String field : ebs.keys()) {
                if (REFUSED.contains(field)) {
                    throw new CatalogException(
                            ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                            field + " is not allowed: " + ebs.where());
                }
            }
            ebs.requireOnly(Ebs.FIELDS);
        }
        return BlockDeviceMapping.fromJson(fields);
    }

    private static BlockDeviceMapping fromShorthand(String text) throws CatalogException {
        Map<String, Object> values = new LinkedHashMap<>(ShorthandReader.read(text));
        if (values.get("Ebs") instanceof Map<?, ?> ebs) {
            Map<String, Object> typed = new LinkedHashMap<>();
            for (Map.Entry<?, ?> field : ebs.entrySet()) {
                String name = String.valueOf(field.getKey());
                typed.put(
                        name,
                        field.getValue() instanceof String value
                                ? typed(name, value)
                                : field.getValue());
            }
            values.put("Ebs", typed);
        }
        return entry(values, text);
    }

    /** Shorthand has strings only: numbers and booleans are recognised by the field. */
    private static Object typed(String name, String text) throws CatalogException {
        if (NUMBERS.contains(name)) {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException e) {
                throw notA(name, "a number", text);
            }
        }
        if (BOOLEANS.contains(name)) {
            return switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw notA(name, "true or false", text);
            };
        }
        return text;
    }

    private static CatalogException notA(String name, String what, String text) {
        return new CatalogException(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                name + " should be " + what + ", not '" + text + "'");
    }
}
