package dev.quarry.cli;

import dev.quarry.cli.command.AnalyzeCommand;
import dev.quarry.cli.command.AncestryCommand;
import dev.quarry.cli.command.ArchiveCommands;
import dev.quarry.cli.command.BlockCommands;
import dev.quarry.cli.command.BundleCommands;
import dev.quarry.cli.command.ChangeKeyCommand;
import dev.quarry.cli.command.CheckCommand;
import dev.quarry.cli.command.CommitCommand;
import dev.quarry.cli.command.CompareCommand;
import dev.quarry.cli.command.ConvertCommand;
import dev.quarry.cli.command.CopyCommand;
import dev.quarry.cli.command.CreateCommand;
import dev.quarry.cli.command.CreateImageCommand;
import dev.quarry.cli.command.DeleteSnapshotCommand;
import dev.quarry.cli.command.EventsCommand;
import dev.quarry.cli.command.ExportCommand;
import dev.quarry.cli.command.GcCommand;
import dev.quarry.cli.command.ImagesCommand;
import dev.quarry.cli.command.ImportCommand;
import dev.quarry.cli.command.InfoCommand;
import dev.quarry.cli.command.InitCommand;
import dev.quarry.cli.command.LatestCommand;
import dev.quarry.cli.command.LaunchCommand;
import dev.quarry.cli.command.LaunchesCommand;
import dev.quarry.cli.command.LifecycleCommands;
import dev.quarry.cli.command.MapCommand;
import dev.quarry.cli.command.MeasureCommand;
import dev.quarry.cli.command.ObjectCommands;
import dev.quarry.cli.command.RebaseCommand;
import dev.quarry.cli.command.RegisterCommand;
import dev.quarry.cli.command.ResizeCommand;
import dev.quarry.cli.command.SettingsCommands;
import dev.quarry.cli.command.SharingCommands;
import dev.quarry.cli.command.ShowCommand;
import dev.quarry.cli.command.SnapshotCommand;
import dev.quarry.cli.command.SnapshotsCommand;
import dev.quarry.cli.command.StatsCommand;
import dev.quarry.cli.command.TagCommand;
import dev.quarry.cli.command.TransferCommand;
import dev.quarry.cli.command.UntagCommand;
import dev.quarry.cli.command.VerifyCommand;
import dev.quarry.cli.command.VolumeCommands;
import dev.quarry.cli.command.VolumesCommand;
import dev.quarry.cli.frame.Subcommand;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * All subcommands by name. The class of one is loaded when it is asked for, and only then: there
 * are many, and each run wants one.
 */
final class CommandTable {

    /** In the order of the help text. */
    static final List<String> NAMES =
            List.of(
                    "init",
                    "change-key",
                    "import",
                    "register",
                    "bundle",
                    "unbundle",
                    "images",
                    "latest",
                    "show",
                    "ancestry",
                    "create-image",
                    "copy",
                    "launch",
                    "launches",
                    "terminate",
                    "modify-instance-attribute",
                    "volumes",
                    "attach",
                    "detach",
                    "delete-volume",
                    "share",
                    "unshare",
                    "cancel-launch-permission",
                    "modify-image-attribute",
                    "modify-snapshot-attribute",
                    "reset-attribute",
                    "describe-attribute",
                    "deprecate",
                    "undeprecate",
                    "disable",
                    "enable",
                    "protect",
                    "unprotect",
                    "deregister",
                    "recycle-bin",
                    "restore",
                    "retain",
                    "unretain",
                    "snapshots",
                    "delete-snapshot",
                    "start-snapshot",
                    "put-snapshot-block",
                    "complete-snapshot",
                    "list-snapshot-blocks",
                    "list-changed-blocks",
                    "get-snapshot-block",
                    "tag",
                    "untag",
                    "export",
                    "transfer",
                    "archive",
                    "unarchive",
                    "store-image",
                    "restore-image",
                    "store-tasks",
                    "account",
                    "subscribe",
                    "unsubscribe",
                    "block-public-sharing",
                    "unblock-public-sharing",
                    "encrypt-by-default",
                    "settings",
                    "regions",
                    "events",
                    "stats",
                    "verify",
                    "gc",
                    "analyze",
                    "info",
                    "map",
                    "check",
                    "compare",
                    "measure",
                    "snapshot",
                    "create",
                    "resize",
                    "rebase",
                    "commit",
                    "convert",
                    "generate-completion");

    private CommandTable() {}

    /** The subcommand of that name, or null. */
    static @Nullable Subcommand create(String name) {
        return switch (shortName(name)) {
            case "init" -> new InitCommand();
            case "change-key" -> new ChangeKeyCommand();
            case "import" -> new ImportCommand();
            case "register" -> new RegisterCommand();
            case "bundle", "unbundle" -> BundleCommands.create(name);
            case "create-image" -> new CreateImageCommand();
            case "copy" -> new CopyCommand();
            case "launches" -> new LaunchesCommand();
            case "terminate", "attach", "detach", "delete-volume", "modify-instance-attribute" ->
                    VolumeCommands.create(shortName(name));
            case "latest" -> new LatestCommand();
            case "ancestry" -> AncestryCommand.create();
            case "events" -> new EventsCommand();
            case "share",
                    "unshare",
                    "cancel-launch-permission",
                    "modify-image-attribute",
                    "modify-snapshot-attribute",
                    "reset-attribute",
                    "describe-attribute" ->
                    SharingCommands.create(shortName(name));
            case "deprecate",
                    "undeprecate",
                    "disable",
                    "enable",
                    "protect",
                    "unprotect",
                    "deregister",
                    "recycle-bin",
                    "restore",
                    "retain",
                    "unretain" ->
                    LifecycleCommands.create(shortName(name));
            case "account",
                    "subscribe",
                    "unsubscribe",
                    "block-public-sharing",
                    "unblock-public-sharing",
                    "encrypt-by-default",
                    "settings",
                    "regions" ->
                    SettingsCommands.create(shortName(name));
            case "store-image", "restore-image", "store-tasks" ->
                    ObjectCommands.create(shortName(name));
            case "start-snapshot",
                    "put-snapshot-block",
                    "complete-snapshot",
                    "list-snapshot-blocks",
                    "list-changed-blocks",
                    "get-snapshot-block" ->
                    BlockCommands.create(name);
            case "images" -> new ImagesCommand();
            case "snapshots" -> new SnapshotsCommand();
            case "volumes" -> new VolumesCommand();
            case "show" -> new ShowCommand();
            case "tag" -> new TagCommand();
            case "untag" -> new UntagCommand();
            case "delete-snapshot" -> new DeleteSnapshotCommand();
            case "launch" -> new LaunchCommand();
            case "export" -> new ExportCommand();
            case "archive", "unarchive" -> ArchiveCommands.create(shortName(name));
            case "transfer" -> new TransferCommand();
            case "stats" -> new StatsCommand();
            case "verify" -> new VerifyCommand();
            case "gc" -> new GcCommand();
            case "analyze" -> new AnalyzeCommand();
            case "info" -> new InfoCommand();
            case "map" -> new MapCommand();
            case "check" -> new CheckCommand();
            case "compare" -> new CompareCommand();
            case "measure" -> new MeasureCommand();
            case "snapshot" -> new SnapshotCommand();
            case "create" -> new CreateCommand();
            case "resize" -> new ResizeCommand();
            case "rebase" -> new RebaseCommand();
            case "commit" -> new CommitCommand();
            case "convert" -> new ConvertCommand();
            case "generate-completion" -> new GenerateCompletionCommand();
            default -> null;
        };
    }

    /** The subcommand of a name that is listed. */
    static Subcommand require(String name) {
        Subcommand subcommand = create(name);
        if (subcommand == null) {
            throw new AssertionError(name + " is listed and cannot be made");
        }
        return subcommand;
    }

    /** What a command is called here that EC2 calls otherwise. */
    private static String shortName(String name) {
        return switch (name) {
            case "import-snapshot", "import-image" -> "import";
            case "register-image" -> "register";
            case "describe-images" -> "images";
            case "describe-snapshots" -> "snapshots";
            case "describe-volumes" -> "volumes";
            case "get-image-ancestry" -> "ancestry";
            case "run-instances" -> "launch";
            case "copy-image" -> "copy";
            case "describe-instances" -> "launches";
            case "terminate-instances" -> "terminate";
            case "attach-volume" -> "attach";
            case "detach-volume" -> "detach";
            case "cancel-image-launch-permission" -> "cancel-launch-permission";
            case "reset-image-attribute", "reset-snapshot-attribute" -> "reset-attribute";
            case "describe-image-attribute", "describe-snapshot-attribute" -> "describe-attribute";
            case "enable-image-deprecation" -> "deprecate";
            case "disable-image-deprecation" -> "undeprecate";
            case "disable-image" -> "disable";
            case "enable-image" -> "enable";
            case "enable-image-deregistration-protection" -> "protect";
            case "disable-image-deregistration-protection" -> "unprotect";
            case "deregister-image" -> "deregister";
            case "list-images-in-recycle-bin" -> "recycle-bin";
            case "restore-image-from-recycle-bin" -> "restore";
            case "create-tags" -> "tag";
            case "delete-tags" -> "untag";
            case "enable-image-block-public-access" -> "block-public-sharing";
            case "disable-image-block-public-access" -> "unblock-public-sharing";
            case "enable-ebs-encryption-by-default" -> "encrypt-by-default";
            case "describe-regions" -> "regions";
            case "create-store-image-task" -> "store-image";
            case "create-restore-image-task" -> "restore-image";
            case "describe-store-image-tasks" -> "store-tasks";
            default -> name;
        };
    }
}
