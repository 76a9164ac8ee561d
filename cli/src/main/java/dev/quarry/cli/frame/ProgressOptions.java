package dev.quarry.cli.frame;

import dev.quarry.job.ProgressListener;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

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
     */
    static ProgressListener listener(
            @Nullable String value, boolean bar, String what, Messages messages) {
        if (value == null) {
            return bar ? new ProgressBar(what, messages) : ProgressListener.none();
        }
        return switch (value) {
            case BAR -> new ProgressBar(what, messages);
            case JSON -> new ProgressLines(what, messages);
            case NONE -> ProgressListener.none();
            default ->
                    throw new UsageException(
                            "--progress is one of bar, json and none, not '" + value + "'");
        };
    }
}
