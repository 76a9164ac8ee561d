package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.StoreTasks;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.StoreTask;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.TextTable;
import dev.quarry.storage.FileStorage;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The subcommands of images that are stored as objects. A bucket is a folder. */
public final class ObjectCommands {

    private static final String BUCKET = "--bucket";
    private static final String KEY = "--object-key";
    private static final String NAME = "--name";

    private ObjectCommands() {}

    /** The subcommand of that name. */
    public static Subcommand create(String name) {
        return switch (name) {
            case "store-image" -> new StoreCommand();
            case "restore-image" -> new RestoreCommand();
            case "store-tasks" -> new TasksCommand();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static CommandSpec withBucket(CommandSpec spec) {
        return spec.addOption(
                Specs.option("DIR", BUCKET)
                        .required(true)
                        .description("Folder of the object.")
                        .build());
    }

    private static final class StoreCommand implements Subcommand {

        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                                    "store-image",
                                    "Writes an image with all its disks into one file, IMAGE.bin,"
                                            + " from which restore-image makes it again, in any"
                                            + " store. Prints the object's key.",
                                    "quarry store-image ami-0123456789abcdef0 --bucket /mnt/usb")
                            .addPositional(
                                    Specs.argument(0, "IMAGE")
                                            .description("The image: ami-….")
                                            .build());
            withBucket(spec);
            ProgressOptions.addTo(spec);
            return StoreOptions.addTo(OutputOptions.addTo(spec));
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            Path bucket = Path.of(invocation.value(BUCKET, ""));
            try (Quarry quarry = Stores.open(invocation)) {
                invocation.workingOn(bucket);
                StoreTask task =
                        quarry.storeImage(
                                invocation.argument(0),
                                bucket,
                                invocation.progress("store"),
                                invocation.cancel());
                if (invocation.json()) {
                    invocation.print(Map.of("ObjectKey", task.objectKey()));
                } else {
                    invocation.print(task.objectKey());
                }
            }
            return DONE;
        }
    }

    private static final class RestoreCommand implements Subcommand {

        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                            "restore-image",
                            "Makes an image of an object that store-image wrote. It gets a new id."
                                    + " Prints it.",
                            "quarry restore-image --bucket /mnt/usb --object-key"
                                    + " ami-0123456789abcdef0.bin --name web-1");
            withBucket(spec)
                    .addOption(
                            Specs.option("KEY", KEY)
                                    .required(true)
                                    .description("The object's name.")
                                    .build())
                    .addOption(
                            Specs.option("NAME", NAME)
                                    .description("Name of the image, instead of its old one.")
                                    .build());
            TagOptions.addTo(spec);
            ProgressOptions.addTo(spec);
            return StoreOptions.addTo(OutputOptions.addTo(spec));
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            Path bucket = Path.of(invocation.value(BUCKET, ""));
            String key = StoreTasks.checkKey(invocation.value(KEY, ""));
            // No store comes to be for the sake of an object that is not there.
            FileStorage.open(bucket.resolve(key)).close();
            try (Quarry quarry = Stores.openOrCreate(invocation)) {
                MachineImage image =
                        quarry.restoreImage(
                                bucket,
                                key,
                                invocation.value(NAME),
                                TagOptions.tags(invocation),
                                invocation.progress("restore"),
                                invocation.cancel());
                if (invocation.json()) {
                    invocation.print(Map.of("ImageId", image.id()));
                } else {
                    invocation.print(image.id());
                }
            }
            return DONE;
        }
    }

    private static final class TasksCommand implements Subcommand {

        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                                    "store-tasks",
                                    "Lists what the account has stored within 31 days.",
                                    "quarry store-tasks --json")
                            .addPositional(
                                    Specs.optionalArguments(0, "IMAGE")
                                            .description("Of these alone: ami-….")
                                            .build());
            return StoreOptions.addTo(OutputOptions.addTo(spec));
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            try (Quarry quarry = Stores.open(invocation)) {
                List<StoreTask> tasks =
                        quarry.catalog().storeTasks().list(invocation.optionalArguments(0));
                if (invocation.json()) {
                    List<Map<String, Object>> views = new ArrayList<>();
                    tasks.forEach(task -> views.add(task.toView()));
                    invocation.print(Map.of("StoreImageTaskResults", views));
                } else {
                    TextTable table =
                            new TextTable("IMAGE", "STATE", ">PERCENT", "STARTED", "OBJECT");
                    for (StoreTask task : tasks) {
                        table.add(
                                String.valueOf(task.imageId()),
                                task.state().spelling(),
                                Integer.toString(task.percent()),
                                task.startTime().toString(),
                                task.bucket() + "/" + task.objectKey());
                    }
                    table.printTo(invocation);
                }
            }
            return DONE;
        }
    }
}
