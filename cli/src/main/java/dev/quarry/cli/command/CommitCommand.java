package dev.quarry.cli.command;

import dev.quarry.DiskImages;
import dev.quarry.DiskImages.Afterwards;
import dev.quarry.ImageFile;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.job.ProgressListener;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code quarry commit}: an overlay's data into its backing file, with qemu-img's letters. */
public final class CommitCommand implements Subcommand {

    private static final String BASE = "-b";
    private static final String KEEP = "-d";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "commit",
                                "Writes what an overlay has into its raw or qcow2 backing file, in"
                                        + " place, and empties the overlay.",
                                "quarry commit --allow-references . overlay.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The overlay.").build());
        QemuOptions.addFormat(spec);
        spec.addOption(
                        Specs.option("FILE", BASE)
                                .description(
                                        "Write into this one of its backing files, and keep the"
                                                + " overlay. Files between become wrong.")
                                .build())
                .addOption(Specs.flag(KEEP).description("Keep the overlay as it is.").build());
        ReferenceOptions.addTo(spec);
        QemuOptions.addQuiet(spec);
        QemuOptions.addTargetCache(spec);
        QemuOptions.addProgress(spec);
        return ProgressOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String name = invocation.argument(0);
        invocation.workingOn(name);
        ImageFile file = QemuOptions.image(invocation, name, ReferenceOptions.gate(invocation));
        DiskImages images = QemuOptions.images();
        String base = invocation.value(BASE);
        int depth = base == null ? 1 : depthOf(Path.of(base), images.backingChain(file));
        ProgressListener progress =
                invocation.has(QemuOptions.PROGRESS)
                        ? invocation.progressBar("commit")
                        : invocation.progress("commit");
        images.commit(
                file,
                depth,
                base != null || invocation.has(KEEP) ? Afterwards.KEEP : Afterwards.EMPTY,
                progress,
                invocation.cancel());
        if (!invocation.has(QemuOptions.QUIET)) {
            invocation.print("Image committed.");
        }
        return DONE;
    }

    private static int depthOf(Path base, List<ImageFile> chain) throws IOException {
        for (int depth = 1; depth < chain.size(); depth++) {
            if (Files.isSameFile(base, chain.get(depth).path())) {
                return depth;
            }
        }
        throw new UsageException(base + " is none of the image's backing files");
    }
}
