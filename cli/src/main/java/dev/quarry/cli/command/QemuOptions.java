package dev.quarry.cli.command;

import dev.quarry.DiskImages;
import dev.quarry.ImageFile;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.image.ReferenceGate;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.nio.file.Path;

/**
 * Options that several of qemu-img's verbs have. {@code cli/docs/qemu-img.md} lists all of them.
 */
final class QemuOptions {

    static final String FORMAT = "-f";
    static final String QUIET = "-q";
    static final String PROGRESS = "-p";
    private static final String SOURCE_CACHE = "-T";
    private static final String TARGET_CACHE = "-t";
    private static final String SHARE = "-U";

    private QemuOptions() {}

    static CommandSpec addFormat(CommandSpec spec) {
        return spec.addOption(
                Specs.option("FORMAT", FORMAT)
                        .description("Format of the image, instead of detection.")
                        .build());
    }

    static CommandSpec addQuiet(CommandSpec spec) {
        return spec.addOption(Specs.flag(QUIET).description("Print nothing but errors.").build());
    }

    static CommandSpec addProgress(CommandSpec spec) {
        return spec.addOption(
                Specs.flag(PROGRESS).description("The same as --progress=bar.").build());
    }

    /** {@code -T}, which says nothing to a program that reads with the page cache. */
    static CommandSpec addSourceCache(CommandSpec spec) {
        return spec.addOption(
                Specs.option("MODE", SOURCE_CACHE)
                        .description("qemu-img's cache mode for reading: without effect.")
                        .build());
    }

    /** {@code -t}. */
    static CommandSpec addTargetCache(CommandSpec spec) {
        return spec.addOption(
                Specs.option("MODE", TARGET_CACHE)
                        .description("qemu-img's cache mode for writing: without effect.")
                        .build());
    }

    /** {@code -U}: readers here take no locks. */
    static CommandSpec addShare(CommandSpec spec) {
        return spec.addOption(
                Specs.flag(SHARE, "--force-share")
                        .description("Without effect: reading takes no locks.")
                        .build());
    }

    /** The image that an argument names, in the format that {@code -f} names. */
    static ImageFile image(Invocation invocation, String file, ReferenceGate gate) {
        return image(file, invocation.value(FORMAT), gate);
    }

    static ImageFile image(String file, @Nullable String format, ReferenceGate gate) {
        return ImageFile.of(Path.of(file)).withFormat(format).withGate(gate);
    }

    static DiskImages images() {
        return DiskImages.of(Formats.all());
    }
}
