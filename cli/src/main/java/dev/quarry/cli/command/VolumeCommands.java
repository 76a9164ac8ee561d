package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.Volume;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The subcommands of launches and their volumes: terminate, attach, detach, delete-volume and
 * modify-instance-attribute.
 */
public final class VolumeCommands {

    private VolumeCommands() {}

    /** The subcommand of that name. */
    public static Subcommand create(String name) {
        return switch (name) {
            case "terminate" -> new Terminate();
            case "delete-volume" -> new DeleteVolume();
            case "attach" -> attach();
            case "detach" -> detach();
            case "modify-instance-attribute" -> modify();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static CommandSpec onVolume(String name, String summary, String example) {
        return Specs.named(name, summary, example)
                .addPositional(
                        Specs.argument(0, "VOLUME").description("The volume: vol-….").build());
    }

    /** {@code quarry terminate}. */
    private static final class Terminate implements Subcommand {

        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                                    "terminate",
                                    "Terminates a launch whose machine is off: deletes the volumes"
                                            + " that go with it and its instance-store disks, and"
                                            + " detaches the others.",
                                    "quarry terminate i-0123456789abcdef0")
                            .addPositional(
                                    Specs.argument(0, "LAUNCH")
                                            .description("The launch: i-….")
                                            .build());
            return StoreOptions.addTo(OutputOptions.addTo(spec));
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            try (Quarry quarry = Stores.open(invocation)) {
                List<String> deleted = new ArrayList<>();
                for (Volume volume : quarry.terminate(invocation.argument(0))) {
                    deleted.add(volume.id());
                }
                if (invocation.json()) {
                    Map<String, Object> state = new LinkedHashMap<>();
                    state.put("InstanceId", invocation.argument(0));
                    state.put("CurrentState", Map.of("Name", "terminated"));
                    state.put("DeletedVolumes", deleted);
                    invocation.print(Map.of("TerminatingInstances", List.of(state)));
                } else {
                    deleted.forEach(invocation::print);
                }
            }
            return DONE;
        }
    }

    /** {@code quarry delete-volume}. */
    private static final class DeleteVolume implements Subcommand {

        @Override
        public CommandSpec describe() {
            return StoreOptions.addTo(
                    OutputOptions.addTo(
                            onVolume(
                                    "delete-volume",
                                    "Deletes a volume that is attached to nothing, and its file. A"
                                            + " block device is left as it is.",
                                    "quarry delete-volume vol-0123456789abcdef0")));
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            try (Quarry quarry = Stores.open(invocation)) {
                quarry.deleteVolume(invocation.argument(0));
            }
            if (invocation.json()) {
                invocation.print(ActionCommand.done());
            }
            return DONE;
        }
    }

    private static Subcommand attach() {
        CommandSpec spec =
                onVolume(
                                "attach",
                                "Records that a volume is a device of a launch; its file stays"
                                        + " where it is.",
                                "quarry attach vol-0123456789abcdef0 i-0123456789abcdef0 /dev/sdf")
                        .addPositional(
                                Specs.argument(1, "LAUNCH").description("The launch: i-….").build())
                        .addPositional(
                                Specs.argument(2, "DEVICE")
                                        .description("The device, such as /dev/sdf.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) ->
                        state(
                                catalog.attachments()
                                        .attach(
                                                invocation.argument(0),
                                                invocation.argument(1),
                                                invocation.argument(2))));
    }

    private static Subcommand detach() {
        return new ActionCommand(
                onVolume(
                        "detach",
                        "Records that a volume belongs to no launch any more; not the root of one"
                                + " that runs.",
                        "quarry detach vol-0123456789abcdef0"),
                (catalog, invocation) ->
                        state(catalog.attachments().detach(invocation.argument(0))));
    }

    private static Map<String, Object> state(Volume volume) {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("VolumeId", volume.id());
        Attachment attachment = volume.attachment();
        if (attachment != null) {
            state.putAll(attachment.toJson());
        }
        state.put("State", attachment == null ? "detached" : "attached");
        return state;
    }

    private static Subcommand modify() {
        CommandSpec spec =
                Specs.named(
                                "modify-instance-attribute",
                                "Changes whether volumes go with their launch, the one thing that"
                                        + " can change of those that are attached.",
                                "quarry modify-instance-attribute i-0123456789abcdef0 -b"
                                        + " /dev/sdb=::false")
                        .addPositional(
                                Specs.argument(0, "LAUNCH")
                                        .description("The launch: i-….")
                                        .build());
        MappingOptions.addTo(spec, "A device with its DeleteOnTermination.");
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    catalog.attachments()
                            .setDeleteOnTermination(
                                    invocation.argument(0), MappingOptions.mappings(invocation));
                    return ActionCommand.done();
                });
    }
}
