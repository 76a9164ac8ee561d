package dev.quarry.benchmarks.compare;

import dev.quarry.testdata.ForeignTool;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A program that Quarry is compared with, if it is installed.
 *
 * @param name of the program
 * @param program its file
 * @param version as it states it
 */
record Peer(String name, Path program, String version) {

    /**
     * Finds a program.
     *
     * @param versionArgument makes it state its version
     */
    static Optional<Peer> find(String name, String versionArgument) {
        return ForeignTool.find(name)
                .map(tool ->
                        new Peer(
                                name,
                                tool.program(),
                                firstLine(tool.run(versionArgument).stdout())));
    }

    private static String firstLine(String said) {
        return said.lines().findFirst().orElse("of an unknown version");
    }
}
