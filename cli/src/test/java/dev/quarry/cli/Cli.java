package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.cli.frame.Console;
import dev.quarry.json.JsonTree;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs command lines in this JVM, with an environment of their own. Immutable. */
final class Cli {

    private final Map<String, String> environment;

    private Cli(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** With a store, that need not be there. */
    static Cli withStore(Path store) {
        return new Cli(Map.of("QUARRY_STORE", store.toString()));
    }

    /** With no environment at all. */
    static Cli bare() {
        return new Cli(Map.of());
    }

    /** With one more variable. */
    Cli with(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new Cli(more);
    }

    /** What became of a command line. */
    record Run(List<String> args, int exitCode, String out, String err) {

        /** This, if it went well. */
        Run ok() {
            return expect(0);
        }

        /** This, if it ended so. */
        Run expect(int expected) {
            assertEquals(expected, exitCode, () -> "exit code of " + this);
            return this;
        }

        /** Standard output as a JSON object. */
        Map<String, Object> json() throws IOException {
            return JsonTree.readObject(out);
        }

        /** The objects of a list in the JSON on standard output. */
        List<Map<String, Object>> list(String name) throws IOException {
            return Json.list(json(), name);
        }

        /** Lines of standard output. */
        List<String> lines() {
            return out.lines().toList();
        }
    }

    Run run(Object... args) {
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            words[i] = args[i].toString();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console =
                new Console(
                        new PrintStream(out, false, StandardCharsets.UTF_8),
                        new PrintStream(err, false, StandardCharsets.UTF_8),
                        environment::get,
                        false);
        int exitCode = Main.run(console, words);
        return new Run(
                List.of(words),
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }
}
