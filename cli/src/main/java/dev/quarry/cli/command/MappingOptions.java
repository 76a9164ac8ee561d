package dev.quarry.cli.command;

import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.cli.frame.CommandException;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code -b MAPPING}, in any of the forms that the parser knows. */
final class MappingOptions {

    static final String MAPPING = "-b";

    /**
     * A mapping has at most some dozens of entries of 200 characters; a disk image is no mapping.
     */
    private static final long FILE_BYTES_MAX = 1 << 20;

    private MappingOptions() {}

    static CommandSpec addTo(CommandSpec spec, String description) {
        return spec.addOption(
                Specs.repeatable("MAPPING", MAPPING, "--block-device-mapping")
                        .description(
                                description
                                        + " MAPPING is EC2's JSON, file://PATH with such JSON,"
                                        + " DeviceName=/dev/sdb,Ebs={VolumeSize=100}, or the short"
                                        + " form: /dev/sdb=snap-…:100:true:gp3,"
                                        + " /dev/sdc=ephemeral0, /dev/sdd=none. May be given"
                                        + " several times.")
                        .build());
    }

    static List<BlockDeviceMapping> mappings(Invocation invocation) throws IOException {
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        for (String argument : invocation.values(MAPPING)) {
            mappings.addAll(MappingParser.parse(argument, MappingOptions::read));
        }
        return mappings;
    }

    private static String read(String name) throws IOException {
        Path path = Path.of(name);
        long size = Files.size(path);
        if (size > FILE_BYTES_MAX) {
            throw new CommandException(
                    "InvalidBlockDeviceMapping",
                    "a mapping of "
                            + size
                            + " bytes is longer than "
                            + FILE_BYTES_MAX
                            + ": "
                            + name);
        }
        return Files.readString(path);
    }
}
