package dev.quarry.cli.frame;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.util.ArrayList;
import java.util.List;

/**
 * Builds descriptions for picocli on the ways through it that start fast.
 *
 * <p>Of the 100 ms that {@code quarry --version} took with picocli's defaults, a third went to its
 * search for Groovy (every jar of the class path is opened), to a look for a terminal by
 * reflection, and to loading the classes it has converters for, {@code java.sql} included. The
 * factory here avoids the first, a fixed colour scheme the second, and a system property in {@code
 * cli/bin/quarry.jvm} the third. All values are strings; {@link Invocation} converts them.
 */
public final class Specs {

    /** Of a line of an example, less than what picocli folds by itself wherever it is. */
    private static final int EXAMPLE_COLUMNS = 74;

    private static final IFactory FACTORY =
            new IFactory() {
                @Override
                public <K> K create(Class<K> type) throws Exception {
                    return type.getDeclaredConstructor().newInstance();
                }
            };

    private Specs() {}

    /**
     * Returns a description with a name and {@code --help}, to be completed.
     *
     * @param summary one sentence
     * @param examples command lines, shown at the end of the help text
     */
    public static CommandSpec named(String name, String summary, String... examples) {
        CommandSpec spec =
                CommandSpec.wrapWithoutInspection(null, FACTORY)
                        .name(name)
                        .addOption(
                                flag("-h", "--help")
                                        .usageHelp(true)
                                        .description("Print this help.")
                                        .build());
        List<String> footer = new ArrayList<>();
        footer.add("");
        footer.add(examples.length == 1 ? "Example:" : "Examples:");
        for (String example : examples) {
            footer.addAll(folded(example));
        }
        spec.usageMessage()
                .description(summary)
                .sortOptions(false)
                .sortSynopsis(false)
                .footer(examples.length == 0 ? new String[0] : footer.toArray(new String[0]));
        return spec;
    }

    /** A command line as a shell takes it over several lines, each beginning with an option. */
    private static List<String> folded(String example) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(" ");
        for (String part : example.split(" (?=-\\S)", -1)) {
            if (line.length() + part.length() > EXAMPLE_COLUMNS && !line.toString().isBlank()) {
                lines.add(line + " \\");
                line = new StringBuilder("     ");
            }
            line.append(' ').append(part);
        }
        lines.add(line.toString());
        return lines;
    }

    /** Returns an option that is there or not. */
    public static OptionSpec.Builder flag(String name, String... otherNames) {
        return OptionSpec.builder(name, otherNames).type(boolean.class);
    }

    /** Returns an option that takes a value, once. */
    public static OptionSpec.Builder option(String label, String name, String... otherNames) {
        return OptionSpec.builder(name, otherNames).type(String.class).paramLabel(label);
    }

    /** Returns an option that takes a value and may be given several times. */
    public static OptionSpec.Builder repeatable(String label, String name, String... otherNames) {
        return OptionSpec.builder(name, otherNames)
                .type(String[].class)
                .arity("1")
                .paramLabel(label);
    }

    /** Returns an argument that must be there. */
    public static PositionalParamSpec.Builder argument(int index, String label) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("1")
                .required(true)
                .type(String.class)
                .paramLabel(label);
    }

    /** Returns an argument that may be left out. */
    public static PositionalParamSpec.Builder optionalArgument(int index, String label) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("0..1")
                .type(String.class)
                .paramLabel(label);
    }

    /** Returns arguments of which there is at least one, from an index on. */
    public static PositionalParamSpec.Builder arguments(int index, String label) {
        return PositionalParamSpec.builder()
                .index(index + "..*")
                .arity("1..*")
                .required(true)
                .type(String[].class)
                .paramLabel(label);
    }

    /** Returns arguments of which there may be none, from an index on. */
    public static PositionalParamSpec.Builder optionalArguments(int index, String label) {
        return PositionalParamSpec.builder()
                .index(index + "..*")
                .arity("0..*")
                .type(String[].class)
                .paramLabel(label);
    }

    /** Returns the parser of a description. */
    public static CommandLine commandLine(CommandSpec spec) {
        return new CommandLine(spec, FACTORY)
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
    }
}
