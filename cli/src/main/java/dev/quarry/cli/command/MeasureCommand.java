package dev.quarry.cli.command;

import dev.quarry.DiskImages;
import dev.quarry.cli.frame.ByteSizes;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.MeasuredSize;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code quarry measure}: what an image would take in a format, under qemu-img's names. */
public final class MeasureCommand implements Subcommand {

    private static final String SIZE = "--size";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "measure",
                                "Prints the bytes that an image needs when it is converted, or that"
                                        + " a new one of some size needs; without compression.",
                                "quarry measure -O qcow2 disk.raw",
                                "quarry measure -O qcow2 --size 20G")
                        .addPositional(
                                Specs.optionalArgument(0, "IMAGE")
                                        .description("The image file.")
                                        .build())
                        .addOption(
                                Specs.option("SIZE", SIZE)
                                        .description("Size of a new disk, instead of an image.")
                                        .build());
        QemuOptions.addFormat(spec);
        TargetOptions.addOptionsTo(TargetOptions.addFormatTo(spec));
        SnapshotOptions.addLetterTo(SnapshotOptions.addTo(spec));
        MemberOptions.addTo(spec);
        ReferenceOptions.addTo(spec);
        QemuOptions.addShare(spec);
        ProgressOptions.addTo(spec);
        return OutputOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String file = invocation.optionalArgument(0);
        String size = invocation.value(SIZE);
        if ((file == null) == (size == null)) {
            throw new UsageException("either an image or --size is needed");
        }
        String format = TargetOptions.format(invocation);
        CreateOptions options = TargetOptions.createOptions(invocation);
        DiskImages images = QemuOptions.images();
        MeasuredSize measured;
        if (size != null) {
            measured = images.measure(ByteSizes.parseOffset(size, SIZE), format, options);
        } else {
            invocation.workingOn(String.valueOf(file));
            measured =
                    images.measure(
                            QemuOptions.image(
                                            invocation,
                                            String.valueOf(file),
                                            ReferenceOptions.gate(invocation))
                                    .withSnapshot(SnapshotOptions.snapshot(invocation))
                                    .withMember(MemberOptions.member(invocation)),
                            format,
                            options,
                            invocation.progress("measure"),
                            invocation.cancel());
        }
        if (invocation.json()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("required", measured.required());
            json.put("fully-allocated", measured.fullyAllocated());
            invocation.print(json);
        } else {
            invocation.print("required size: " + measured.required());
            invocation.print("fully allocated size: " + measured.fullyAllocated());
        }
        return DONE;
    }
}
