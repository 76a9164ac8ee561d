package dev.quarry.cli.command;

import dev.quarry.DiskImages;
import dev.quarry.ImageFile;
import dev.quarry.cli.frame.ByteSizes;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageInfo;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code quarry create}: a new image, empty or on top of another, with qemu-img's letters. */
public final class CreateCommand implements Subcommand {

    private static final String FORMAT_DEFAULT = "raw";
    private static final String UNSAFE = "-u";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "create",
                                "Makes an empty disk image, or one on top of a backing file.",
                                "quarry create -f qcow2 disk.qcow2 20G",
                                "quarry create -f qcow2 -b base.qcow2 -F qcow2 overlay.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The new image.").build())
                        .addPositional(
                                Specs.optionalArgument(1, "SIZE")
                                        .description(
                                                "Size of its disk; that of the backing file unless"
                                                        + " told.")
                                        .build())
                        .addOption(
                                Specs.option("FORMAT", QemuOptions.FORMAT)
                                        .description("Format to write: raw unless told.")
                                        .build());
        BackingOptions.addTo(spec);
        spec.addOption(
                Specs.flag(UNSAFE)
                        .description("Do not look at the backing file; SIZE is then needed.")
                        .build());
        TargetOptions.addOptionsTo(spec);
        QemuOptions.addQuiet(spec);
        return ProgressOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        Path file = invocation.target(0);
        invocation.workingOn(file);
        DiskImages images = QemuOptions.images();
        String format = invocation.value(QemuOptions.FORMAT, FORMAT_DEFAULT);
        TargetOptions.Given given = TargetOptions.given(invocation);
        DiskImages.@Nullable NewBacking backing = BackingOptions.backing(invocation, given);
        long size = size(invocation, given, images, file, backing);
        CreateOptions options = given.options();
        if (backing != null) {
            options =
                    new CreateOptions(
                            backing.name(),
                            backing.format(),
                            options.options(),
                            options.encoding());
        }
        long made =
                images.create(
                        file,
                        format,
                        size,
                        options,
                        invocation.progress("create"),
                        invocation.cancel());
        if (made > size) {
            Warnings.padded(invocation, file, size, made);
        }
        if (!invocation.has(QemuOptions.QUIET)) {
            invocation.print(
                    "Formatting '"
                            + file
                            + "', fmt="
                            + format
                            + " size="
                            + made
                            + (backing == null
                                    ? ""
                                    : " backing_file="
                                            + backing.name()
                                            + " backing_fmt="
                                            + backing.format()));
        }
        return DONE;
    }

    private static long size(
            Invocation invocation,
            TargetOptions.Given given,
            DiskImages images,
            Path file,
            DiskImages.@Nullable NewBacking backing)
            throws IOException {
        String told = invocation.optionalArgument(1);
        if (told == null) {
            told = given.size();
        } else if (given.size() != null) {
            throw new UsageException("SIZE and -o size exclude one another");
        }
        long size = told == null ? -1 : ByteSizes.parseOffset(told, "SIZE");
        if (backing != null && !invocation.has(UNSAFE)) {
            // A name on the command line is allowed.
            Path path = file.toAbsolutePath().resolveSibling(backing.name());
            ImageInfo info = images.info(ImageFile.of(path).withFormat(backing.format()));
            refuseCircle(file, path, info);
            return told == null ? info.virtualSize() : size;
        }
        if (told == null) {
            throw new UsageException("SIZE is missing");
        }
        return size;
    }

    /** Opens nothing that the backing file refers to: only its own reference is looked at. */
    private static void refuseCircle(Path file, Path backing, ImageInfo info) throws IOException {
        if (info.backingFile() == null) {
            return;
        }
        Path below = backing.resolveSibling(info.backingFile());
        if (Files.exists(file) && Files.exists(below) && Files.isSameFile(file, below)) {
            throw new UsageException(
                    file + " is the backing file of " + backing + ", which cannot stand below it");
        }
    }
}
