package dev.quarry.cli.frame;

import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.util.List;
import java.util.Map;

/**
 * A manual page in the {@code man} macros of roff, made of a command's description. ASCII alone:
 * what is not is written as an escape, so that no reader must be told the encoding.
 */
public final class RoffPage {

    private static final String SECTION = "1";
    private static final String TITLE = "Quarry";
    private static final String EXIT_DONE = "Done as asked.";
    private static final String EXIT_FAILED = "Something stopped it; standard error says what.";
    private static final String EXIT_USAGE = "The arguments do not fit.";

    private final StringBuilder roff = new StringBuilder();

    private RoffPage() {}

    /** The page of the program, which lists its commands. */
    public static String ofProgram(CommandSpec program, List<CommandSpec> commands) {
        RoffPage page = new RoffPage();
        page.title(program.name());
        page.head(program.name(), program);
        page.line(".SH SYNOPSIS");
        page.synopsisWords(program.name(), program);
        page.line("\\fICOMMAND\\fR ...");
        page.description(program);
        page.line(".SH COMMANDS");
        for (CommandSpec command : commands) {
            page.line(".TP");
            page.line(
                    "\\fB"
                            + escape(program.name() + "-" + command.name())
                            + "\\fR("
                            + SECTION
                            + ")");
            page.text(summary(command));
        }
        page.options(program);
        page.examples(program);
        return page.roff.toString();
    }

    /**
     * The page of a command.
     *
     * @param program its program's name
     * @param usageExitCode what the command exits with when its arguments do not fit
     */
    public static String ofCommand(String program, CommandSpec command, int usageExitCode) {
        RoffPage page = new RoffPage();
        String name = program + "-" + command.name();
        page.title(name);
        page.head(name, command);
        page.line(".SH SYNOPSIS");
        page.synopsisWords(program + " " + command.name(), command);
        page.description(command);
        if (!command.positionalParameters().isEmpty()) {
            page.line(".SH ARGUMENTS");
            for (PositionalParamSpec argument : command.positionalParameters()) {
                page.entry("\\fI" + escape(argument.paramLabel()) + "\\fR", argument);
            }
        }
        page.options(command);
        page.exitStatus(command, usageExitCode);
        page.examples(command);
        page.line(".SH SEE ALSO");
        page.line("\\fB" + escape(program) + "\\fR(" + SECTION + ")");
        return page.roff.toString();
    }

    private void title(String name) {
        String upper = escape(name.toUpperCase(java.util.Locale.ROOT));
        line(".TH " + upper + " " + SECTION + " \"\" \"" + TITLE + "\" \"" + TITLE + "\"");
        // No hyphenation, and nothing stretched to the right margin: options are searched for.
        line(".nh");
        line(".ad l");
    }

    private void head(String name, CommandSpec spec) {
        line(".SH NAME");
        String summary = summary(spec);
        int end = summary.indexOf(". ");
        String first = end < 0 ? summary : summary.substring(0, end);
        line(escape(name) + " \\- " + escape(first.endsWith(".") ? cut(first) : first));
    }

    private static String cut(String sentence) {
        return sentence.substring(0, sentence.length() - 1);
    }

    private static String summary(CommandSpec spec) {
        return String.join(" ", spec.usageMessage().description());
    }

    private void description(CommandSpec spec) {
        line(".SH DESCRIPTION");
        text(summary(spec));
    }

    /** The command's name and what it takes, a word on each line: roff fills them. */
    private void synopsisWords(String name, CommandSpec spec) {
        line(".B " + escape(name));
        for (OptionSpec option : spec.options()) {
            String words = "\\fB" + escape(option.longestName()) + "\\fR" + value(option);
            String repeated = option.isMultiValue() ? "..." : "";
            line((option.required() ? words : "[" + words + "]") + repeated);
        }
        for (PositionalParamSpec argument : spec.positionalParameters()) {
            String words =
                    "\\fI"
                            + escape(argument.paramLabel())
                            + "\\fR"
                            + (argument.isMultiValue() ? "..." : "");
            line(argument.required() ? words : "[" + words + "]");
        }
    }

    private static String value(OptionSpec option) {
        if (option.arity().max() == 0) {
            return "";
        }
        String separator = option.longestName().startsWith("--") ? "=" : "\\ ";
        return separator + "\\fI" + escape(option.paramLabel()) + "\\fR";
    }

    private void options(CommandSpec spec) {
        line(".SH OPTIONS");
        for (OptionSpec option : spec.options()) {
            StringBuilder names = new StringBuilder();
            for (String name : option.names()) {
                names.append(names.isEmpty() ? "" : ", ");
                names.append("\\fB").append(escape(name)).append("\\fR");
            }
            entry(names + value(option), option);
        }
    }

    private void entry(String term, ArgSpec argument) {
        line(".TP");
        line(term);
        text(String.join(" ", argument.description()));
    }

    private void exitStatus(CommandSpec spec, int usageExitCode) {
        line(".SH EXIT STATUS");
        Map<String, String> codes = spec.usageMessage().exitCodeList();
        if (!codes.isEmpty()) {
            codes.forEach(this::exitCode);
            return;
        }
        exitCode(Integer.toString(Subcommand.DONE), EXIT_DONE);
        if (usageExitCode == Subcommand.FAILED) {
            exitCode(
                    Integer.toString(Subcommand.FAILED),
                    EXIT_USAGE + " Or: " + EXIT_FAILED.toLowerCase(java.util.Locale.ROOT));
        } else {
            exitCode(Integer.toString(Subcommand.FAILED), EXIT_FAILED);
            exitCode(Integer.toString(usageExitCode), EXIT_USAGE);
        }
    }

    private void exitCode(String code, String meaning) {
        line(".TP");
        line("\\fB" + escape(code.strip()) + "\\fR");
        text(meaning);
    }

    private void examples(CommandSpec spec) {
        line(".SH EXAMPLES");
        line(".nf");
        for (String each : spec.usageMessage().footer()) {
            // The footer's own heading is not indented.
            if (each.startsWith(" ")) {
                text(each.strip());
            }
        }
        line(".fi");
    }

    private void text(String text) {
        String escaped = escape(text.replace("%n", " ").replace("%%", "%"));
        // At the beginning of a line these would be a request.
        line(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped);
    }

    private void line(String line) {
        roff.append(line).append('\n');
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints()
                .forEach(point -> {
                    switch (point) {
                        case '\\' -> escaped.append("\\e");
                        // A hyphen would become a typographic one, and not be found.
                        case '-' -> escaped.append("\\-");
                        case '\'' -> escaped.append("\\(aq");
                        default -> {
                            if (point < 0x80) {
                                escaped.append((char) point);
                            } else {
                                escaped.append(String.format("\\[u%04X]", point));
                            }
                        }
                    }
                });
        return escaped.toString();
    }
}
