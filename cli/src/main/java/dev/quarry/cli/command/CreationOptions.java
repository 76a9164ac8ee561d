package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.store.StoreProperties;

import picocli.CommandLine.Model.CommandSpec;

/** What a store is made with; afterwards it stays so. */
final class CreationOptions {

    private static final String COMPRESSION = "--compression";

    private CreationOptions() {}

    static void addTo(CommandSpec spec) {
        spec.addOption(
                Specs.option("zstd:LEVEL|lz4|none", COMPRESSION)
                        .description(
                                "How a store that is made compresses: "
                                        + StoreProperties.DEFAULT.compression()
                                        + " unless told. lz4 launches faster and takes about a"
                                        + " third more space.")
                        .build());
    }

    static StoreProperties properties(Invocation invocation) {
        String compression = invocation.optionalValue(COMPRESSION);
        try {
            return compression == null
                    ? StoreProperties.DEFAULT
                    : StoreProperties.DEFAULT.withCompression(compression);
        } catch (IllegalArgumentException e) {
            throw new UsageException(COMPRESSION + ": " + e.getMessage());
        }
    }

    /** Refuses options that say other than what the store was made with. */
    static void checkSame(
            Invocation invocation, StoreProperties wanted, StoreProperties properties) {
        if (invocation.has(COMPRESSION) && !wanted.compression().equals(properties.compression())) {
            throw new UsageException(
                    "the store is there already, and compresses with "
                            + properties.compression()
                            + ", not "
                            + wanted.compression());
        }
    }
}
