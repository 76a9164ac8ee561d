package dev.quarry.benchmarks.soak;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands on the store that is tried, and kills those that are to be killed. Thread-safe. */
final class SoakProcesses {

    /** For a process that is not killed. */
    static final int LIVE = -1;

    private static final long PATIENCE_SECONDS = 300;

    private final Path launcher;
    private final Path folder;
    private final SoakModel model;

    SoakProcesses(Path launcher, Path folder, SoakModel model) {
        this.launcher = launcher;
        this.folder = folder;
        this.model = model;
    }

    /** How a command ended. */
    record Said(String command, int exitCode, boolean wasKilled, String out, String err) {}

    /**
     * Runs a command.
     *
     * @param lane one command at a time for each
     * @param killAfter milliseconds, or {@link #LIVE}
     */
    Said run(int lane, int killAfter, Object... arguments)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>();
        words.add(launcher.toString());
        words.add("--store");
        words.add(folder.resolve("store").toString());
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        Path out = folder.resolve("out-" + lane);
        Path err = folder.resolve("err-" + lane);
        ProcessBuilder builder =
                new ProcessBuilder(words)
                        .redirectOutput(Redirect.to(out.toFile()))
                        .redirectError(Redirect.to(err.toFile()));
        builder.environment().put("QUARRY_BUILD", "never");
        Process process = builder.start();
        boolean wasKilled = false;
        if (killAfter != LIVE) {
            wasKilled = !process.waitFor(killAfter, TimeUnit.MILLISECONDS);
        } else if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            model.differs(words + " hangs");
            wasKilled = true;
        }
        if (wasKilled) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        int exitCode = process.waitFor();
        model.counts(wasKilled);
        return new Said(
                String.join(" ", words),
                exitCode,
                wasKilled,
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}
