package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Json;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes block device mappings in the three forms that {@link MappingParser} reads. */
public final class MappingPrinter {

    private MappingPrinter() {}

    /** EC2's JSON, an array on one line. */
    public static String json(List<BlockDeviceMapping> mappings) {
        return Json.line(mappings.stream().map(BlockDeviceMapping::toJson).toList());
    }

    /** The AWS command line's shorthand. */
    public static String shorthand(BlockDeviceMapping mapping) {
        String device = "DeviceName=" + quoted(mapping.deviceName());
        return switch (mapping.assignment()) {
            case Ebs ebs -> device + ",Ebs={" + pairs(ebs.toJson()) + "}";
            case Assignment.VirtualName virtual ->
                    device + ",VirtualName=" + quoted(virtual.name());
            case Assignment.NoDevice none -> device + ",NoDevice=\"\"";
        };
    }

    /** The short form, or nothing where it has no field for what the mapping says. */
    public static Optional<String> shortForm(BlockDeviceMapping mapping) {
        return ShortForm.print(mapping);
    }

    private static String pairs(Map<String, Object> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + quoted(field.getValue().toString()))
                .collect(Collectors.joining(","));
    }

    private static String quoted(String value) {
        boolean plain =
                !value.isEmpty()
                        && value.equals(value.strip())
                        && value.chars().noneMatch(c -> ",{}[]\"'\\".indexOf(c) >= 0);
        return plain ? value : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
