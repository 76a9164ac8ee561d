package dev.quarry.cli;

import dev.quarry.cli.frame.RoffPage;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the manual pages, {@code quarry.1} and {@code quarry-COMMAND.1} for each command, from the
 * same descriptions that the commands parse their arguments with. The build starts this (see {@code
 * cli/src/build/write-manual.sh}); nothing else does.
 */
final class ManualPages {

    private ManualPages() {}

    /**
     * Writes all pages.
     *
     * @param args the folder, which is made if it is not there
     */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]));
    }

    /** Writes all pages into a folder. */
    static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        CommandLine line = Main.describeAll();
        List<CommandSpec> commands = new ArrayList<>();
        for (CommandLine each : line.getSubcommands().values()) {
            commands.add(each.getCommandSpec());
        }
        writePage(folder, Main.NAME, RoffPage.ofProgram(line.getCommandSpec(), commands));
        for (CommandSpec command : commands) {
            int usage = CommandTable.require(command.name()).usageExitCode();
            writePage(
                    folder,
                    Main.NAME + "-" + command.name(),
                    RoffPage.ofCommand(Main.NAME, command, usage));
        }
    }

    private static void writePage(Path folder, String name, String roff) throws IOException {
        Files.writeString(folder.resolve(name + ".1"), roff, StandardCharsets.US_ASCII);
    }
}
