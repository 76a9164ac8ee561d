package dev.quarry.cli.command;

import dev.quarry.CreateImageRequest;
import dev.quarry.Quarry;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Tags;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.volume.LaunchEnd;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** {@code quarry create-image}: an image of the volumes of a launch. */
public final class CreateImageCommand implements Subcommand {

    private static final String NAME = "--name";
    private static final String DESCRIPTION = "--description";
    private static final String NO_REBOOT = "--no-reboot";
    private static final String SNAPSHOT_TAG = "--snapshot-tag";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "create-image",
                                "Makes an image of the volumes of a launch whose machine is off. Of"
                                        + " an overlay only what has changed is read. Prints its"
                                        + " id.",
                                "quarry create-image i-0123456789abcdef0 --name web-2",
                                "quarry create-image vm --name web-2 -b /dev/sdb=none")
                        .addPositional(
                                Specs.argument(0, "LAUNCH|DIR")
                                        .description(
                                                "The launch, i-…, or the folder that it was made"
                                                        + " in.")
                                        .build())
                        .addOption(
                                Specs.option("NAME", NAME)
                                        .required(true)
                                        .description("Name of the image; unique in the account.")
                                        .build())
                        .addOption(
                                Specs.option("TEXT", DESCRIPTION)
                                        .description("Description, for people.")
                                        .build())
                        .addOption(
                                Specs.flag(NO_REBOOT)
                                        .description(
                                                "The machine runs on: record that the image is only"
                                                        + " as consistent as after a crash.")
                                        .build())
                        .addOption(
                                Specs.repeatable("KEY=VALUE", SNAPSHOT_TAG)
                                        .description("A tag of every snapshot.")
                                        .build());
        MappingOptions.addTo(
                spec,
                "A further device, DEVICE=none to leave one out, or DEVICE=::true|false to change"
                        + " its DeleteOnTermination.");
        TagOptions.addTo(spec);
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String name = invocation.value(NAME);
        if (name == null) {
            throw new UsageException("--name is missing");
        }
        String launch = invocation.argument(0);
        Path folder = Path.of(launch);
        CreateImageRequest request =
                CreateImageRequest.of(
                                Files.isDirectory(folder) ? LaunchEnd.launchIdIn(folder) : launch,
                                name)
                        .withDescription(invocation.value(DESCRIPTION))
                        .withMappings(MappingOptions.mappings(invocation))
                        .withRunning(
                                invocation.has(NO_REBOOT)
                                        ? CreateImageRequest.Running.NO_REBOOT
                                        : CreateImageRequest.Running.STOPPED)
                        .withTags(
                                TagOptions.tags(invocation),
                                Tags.of(TagOptions.parse(invocation.values(SNAPSHOT_TAG))));
        try (Quarry quarry = Stores.open(invocation)) {
            MachineImage image =
                    quarry.createImage(
                            request, invocation.progress("create-image"), invocation.cancel());
            if (invocation.json()) {
                invocation.print(Map.of("ImageId", image.id()));
            } else {
                invocation.print(image.id());
            }
        }
        return DONE;
    }
}
