package dev.quarry.cli;

import dev.quarry.cli.command.AnalyzeCommand;
import dev.quarry.cli.command.ConvertCommand;
import dev.quarry.cli.command.DeleteSnapshotCommand;
import dev.quarry.cli.command.DeregisterCommand;
import dev.quarry.cli.command.ExportCommand;
import dev.quarry.cli.command.ImagesCommand;
import dev.quarry.cli.command.ImportCommand;
import dev.quarry.cli.command.InfoCommand;
import dev.quarry.cli.command.LaunchCommand;
import dev.quarry.cli.command.RegisterCommand;
import dev.quarry.cli.command.ShowCommand;
import dev.quarry.cli.command.SnapshotsCommand;
import dev.quarry.cli.command.StatsCommand;
import dev.quarry.cli.command.TagCommand;
import dev.quarry.cli.command.UntagCommand;
import dev.quarry.cli.command.VerifyCommand;
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
                    "import",
                    "register",
                    "images",
                    "snapshots",
                    "volumes",
                    "show",
                    "tag",
                    "untag",
                    "deregister",
                    "delete-snapshot",
                    "launch",
                    "export",
                    "stats",
                    "verify",
                    "analyze",
                    "info",
                    "convert",
                    "generate-completion");

    private CommandTable() {}

    /** The subcommand of that name, or null. */
    static @Nullable Subcommand create(String name) {
        return switch (name) {
            case "import" -> new ImportCommand();
            case "register" -> new RegisterCommand();
            case "images" -> new ImagesCommand();
            case "snapshots" -> new SnapshotsCommand();
            case "volumes" -> new VolumesCommand();
            case "show" -> new ShowCommand();
            case "tag" -> new TagCommand();
            case "untag" -> new UntagCommand();
            case "deregister" -> new DeregisterCommand();
            case "delete-snapshot" -> new DeleteSnapshotCommand();
            case "launch" -> new LaunchCommand();
            case "export" -> new ExportCommand();
            case "stats" -> new StatsCommand();
            case "verify" -> new VerifyCommand();
            case "analyze" -> new AnalyzeCommand();
            case "info" -> new InfoCommand();
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
}
