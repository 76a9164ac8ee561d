package dev.quarry.cli.frame;

import picocli.CommandLine.Model.CommandSpec;

/** {@code --output} and its short form, on every command that prints a result. */
public final class OutputOptions {

    static final String OUTPUT = "--output";
    static final String JSON = "--json";
    static final String JSON_VALUE = "json";
    static final String HUMAN_VALUE = "human";

    private OutputOptions() {}

    public static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                        Specs.option("FORMAT", OUTPUT)
                                .completionCandidates(java.util.List.of(JSON_VALUE, HUMAN_VALUE))
                                .description(
                                        "Print the result for people (human) or programs (json).")
                                .build())
                .addOption(Specs.flag(JSON).description("The same as --output=json.").build());
    }

    /** Whether arguments that could not be read ask for JSON, and so for errors in JSON. */
    public static boolean isJsonAsked(String... args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals(JSON)
                    || args[i].equals(OUTPUT + "=" + JSON_VALUE)
                    || (args[i].equals(OUTPUT)
                            && i + 1 < args.length
                            && args[i + 1].equals(JSON_VALUE))) {
                return true;
            }
        }
        return false;
    }
}
