package dev.quarry.benchmarks;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The source tree that this was built from: where the command is, and where results are kept.
 *
 * @param root the folder of the top pom.xml
 */
public record Project(Path root) {

    private static final String MARK = "cli/bin/quarry";

    /**
     * Finds the tree above the jar or the classes that this class was loaded from.
     *
     * @throws IOException if there is none, as when the jar was copied elsewhere
     */
    public static Project find() throws IOException {
        Path place;
        try {
            place =
                    Path.of(
                            Project.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException("the benchmarks were loaded from no file", e);
        }
        for (Path folder = place; folder != null; folder = folder.getParent()) {
            if (Files.isExecutable(folder.resolve(MARK))) {
                return new Project(folder);
            }
        }
        throw new IOException("no folder above " + place + " has " + MARK);
    }

    /** The launcher of the command. */
    public Path launcher() {
        return root.resolve(MARK);
    }

    /** One JSON line for each recorded run of a benchmark, oldest first. */
    public Path history() {
        return root.resolve("benchmarks/results/history.ndjson");
    }

    /**
     * The commit that is checked out, with "-dirty" if tracked files differ; "unknown" without git.
     */
    public String commit() {
        try {
            Process git =
                    new ProcessBuilder(
                                    "git",
                                    "-C",
                                    root.toString(),
                                    "describe",
                                    "--always",
                                    "--dirty",
                                    "--abbrev=12",
                                    "--exclude=*")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String said =
                    new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
            boolean ended = git.waitFor(1, TimeUnit.MINUTES);
            return ended && git.exitValue() == 0 && !said.isEmpty() ? said : "unknown";
        } catch (IOException e) {
            return "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }
}
