package dev.quarry.cli.command;

import dev.quarry.DiskImages;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.UsageException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

/** {@code -b FILE} and {@code -F FORMAT}: the backing file that an image gets. */
final class BackingOptions {

    private static final String BACKING = "-b";
    private static final String FORMAT = "-F";

    private BackingOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                        Specs.option("FILE", BACKING)
                                .description(
                                        "The backing file, as it shall be named in the image:"
                                                + " relative to the image's folder.")
                                .build())
                .addOption(
                        Specs.option("FORMAT", FORMAT)
                                .description("Format of the backing file; it is never guessed.")
                                .build());
    }

    static boolean isGiven(Invocation invocation) {
        return invocation.has(BACKING);
    }

    /** The backing file, or null if none is given or it is empty. */
    static DiskImages.@Nullable NewBacking backing(Invocation invocation) {
        return backing(invocation.value(BACKING), invocation.value(FORMAT));
    }

    /** The same of an image that is made, whose {@code -o} may say it, too; letters count more. */
    static DiskImages.@Nullable NewBacking backing(
            Invocation invocation, TargetOptions.Given given) {
        String name = invocation.value(BACKING);
        String format = invocation.value(FORMAT);
        if (name == null) {
            name = given.backingFile();
        }
        if (format == null) {
            format = given.backingFormat();
        }
        if (name == null && format != null) {
            throw new UsageException("the format of a backing file (-F) needs that file: -b FILE");
        }
        return backing(name, format);
    }

    private static DiskImages.@Nullable NewBacking backing(
            @Nullable String name, @Nullable String format) {
        if (name == null || name.isEmpty()) {
            return null;
        }
        if (format == null) {
            throw new UsageException("-b needs the format of the backing file: -F FORMAT");
        }
        return new DiskImages.NewBacking(name, format);
    }
}
