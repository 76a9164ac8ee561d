package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Map;

final class MainTest {

    private final Cli cli = Cli.bare();

    @Test
    void printsItsVersion() {
        assertEquals("quarry " + Main.VERSION + "\n", cli.run("--version").ok().out());
        assertEquals("quarry " + Main.VERSION + "\n", cli.run("-V").ok().out());
    }

    @Test
    void helpNamesEveryCommand() {
        String help = cli.run("--help").ok().out();
        for (String name : CommandTable.NAMES) {
            assertTrue(help.contains("\n  " + name + " "), () -> name + " in " + help);
        }
        assertEquals(help, cli.run("help").ok().out());
    }

    @Test
    void eachCommandHasHelpWithAnExampleOfItself() {
        for (String name : CommandTable.NAMES) {
            String help = cli.run(name, "--help").ok().out();
            assertTrue(help.startsWith("Usage: quarry " + name), help);
            assertTrue(help.contains("Example"), help);
            assertTrue(help.contains("quarry " + name + (name.startsWith("gen") ? "" : " ")), help);
            assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
            assertEquals(help, cli.run("help", name).ok().out());
        }
    }

    @Test
    void storeAndAccountMayStandBeforeTheCommand() {
        Cli.Run run = cli.run("--store", "/nowhere/store", "--as=somebody", "images").expect(1);
        assertEquals(
                "quarry: there is no image store at /nowhere/store (quarry init makes one)\n",
                run.err());
    }

    @Test
    void argumentsThatDoNotFitAreOneLineAndExitCodeTwo() {
        assertUsage(2, "a command is missing (see quarry --help)");
        assertUsage(2, "unknown command 'nothing' (see quarry --help)", "nothing");
        assertUsage(2, "unknown option: '--nothing' (see quarry --help)", "--nothing");
        assertUsage(2, "unknown option: '-x' (see quarry images --help)", "images", "-x");
        assertUsage(2, "missing required parameter: 'ID' (see quarry show --help)", "show");
        assertUsage(
                2,
                "--output is one of json and human, not 'xml' (see quarry images --help)",
                "images",
                "--output=xml");
        assertUsage(
                2,
                "which store? HOME is not set: give --store DIR (see quarry images --help)",
                "images");
    }

    @Test
    void verbsOfQemuImgExitWithOneAsThere() {
        assertUsage(1, "missing required parameter: 'IMAGE' (see quarry info --help)", "info");
        assertUsage(
                1,
                "missing required parameter: 'TARGET' (see quarry convert --help)",
                "convert",
                "source");
        assertUsage(
                1,
                "-o takes NAME=VALUE, not 'compat' (see quarry convert --help)",
                "convert",
                "-o",
                "compat",
                "source",
                "target");
    }

    private void assertUsage(int exitCode, String message, String... args) {
        Cli.Run run = cli.run((Object[]) args).expect(exitCode);
        assertEquals("quarry: " + message + "\n", run.err());
        assertEquals("", run.out());
    }

    @Test
    void aProgramGetsErrorsAsJson() throws IOException {
        assertError("Usage", "images", "--json", "--nothing");
        assertError("Usage", "images", "--json", "--output=human");
        assertError("Usage", "images", "--output", "json", "--nothing");
        assertError("NoSuchFile", "info", "--json", "/nowhere/disk");
        assertError("Store.NotFound", "images", "--json", "--store", "/nowhere/store");
        assertError("NoSuchFile", "convert", "--progress=json", "/nowhere/disk", "/nowhere/copy");
    }

    private void assertError(String code, String... args) throws IOException {
        Cli.Run run = cli.run((Object[]) args);
        assertTrue(run.exitCode() != 0, run.toString());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        Map<String, Object> error = Json.object(JsonTree.readObject(run.err()), "Error");
        assertEquals(code, Json.text(error, "Code"));
        assertTrue(!Json.text(error, "Message").isEmpty());
    }

    @Test
    void aStackTraceIsForThoseWhoAsk() {
        assertEquals(1, cli.run("info", "/nowhere").expect(1).err().lines().count());
        String err = cli.with("QUARRY_DEBUG", "1").run("info", "/nowhere").expect(1).err();
        assertTrue(err.contains("\tat dev.quarry."), err);
    }

    @Test
    void completionKnowsCommandsAndOptions() {
        String script = cli.run("generate-completion").ok().out();
        assertTrue(script.contains("delete-snapshot"), script);
        assertTrue(script.contains("--print-qemu"), script);
    }
}
