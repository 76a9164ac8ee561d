package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The completion script, in the shell that it is for. */
final class CompletionTest {

    @TempDir private Path folder;

    private final ForeignTool bash = ForeignTool.require("bash");
    private Path script = Path.of("");

    @BeforeEach
    void writeScript() throws IOException {
        String text = Cli.bare().run("generate-completion").ok().out();
        script = Files.writeString(folder.resolve("completion"), text);
    }

    @Test
    void completesEachCommand() {
        Set<String> all = complete("");
        for (String name : CommandTable.NAMES) {
            assertTrue(all.contains(name), () -> name + " in " + all);
            assertTrue(complete(name.substring(0, name.length() - 1)).contains(name), name);
        }
    }

    @Test
    void completesTheOptionsOfEachCommand() {
        for (String name : CommandTable.NAMES) {
            Set<String> expected = new TreeSet<>();
            for (OptionSpec option : CommandTable.require(name).describe().options()) {
                expected.addAll(List.of(option.names()));
            }
            assertEquals(expected, complete(name, "-"), name);
        }
    }

    /** What bash would offer for the last of these words. */
    private Set<String> complete(String... words) {
        Object[] args = new Object[4 + words.length];
        args[0] = "--norc";
        args[1] = "-c";
        args[2] =
                // Only a running completion may call compopt.
                "compopt() { :; }; . \"$0\"; COMP_WORDS=(quarry \"$@\"); COMP_CWORD=$#;"
                    + " COMP_LINE=\"quarry $*\"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9;"
                    + " f=$(complete -p quarry | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); \"$f\" quarry"
                    + " \"${@: -1}\" \"\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
        args[3] = script;
        System.arraycopy(words, 0, args, 4, words.length);
        ForeignTool.Result run = bash.run(args).expectSuccess();
        assertEquals("", run.stderr());
        return new TreeSet<>(run.stdout().lines().filter(line -> !line.isEmpty()).toList());
    }
}
