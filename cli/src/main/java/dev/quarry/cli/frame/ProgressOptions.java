package dev.quarry.cli.frame;

import dev.quarry.job.ProgressListener;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.nio.file.Path;
import java.util.List;

/** {@code --progress}, on every command that may take long. */
public final class ProgressOptions {

    static final String PROGRESS = "--progress";

    private static final String BAR = "bar";
    private static final String JSON = "json";
    private static final String NONE = "none";

    private ProgressOptions() {}

    public static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("HOW", PROGRESS)
                        .completionCandidates(List.of(BAR, JSON, NONE))
                        .description(
                                "Report progress on standard error: bar (what a terminal gets"
                                        + " anyway), json (a line each time) or none.")
                        .build());
    }

    static boolean isJson(@Nullable String value) {
        return JSON.equals(value);
    }

    /**
     * A listener that does what was asked.
     *
     * @param value of the option, or null
     * @param bar whether a bar is wanted where the option does not say
     * @param what names the operation
     * @param file what it is done with, if that must be told; or null
     */
    static ProgressListener listener(
            @Nullable String value,
            boolean bar,
            String what,
            @Nullable Path file,
            Messages messages) {
        String title = file == null ? what : what + " " + file;
        if (value == null) {
            return bar ? new ProgressBar(title, messages) : ProgressListener.none();
        }
        return switch (value) {
            case BAR -> new ProgressBar(title, messages);
            case JSON -> new ProgressLines(what, file, messages);
            case NONE -> ProgressListener.none();
            default ->
                    throw new UsageException(
                            "--progress is one of bar, json and none, not '" + value + "'");
        };
    }
}
