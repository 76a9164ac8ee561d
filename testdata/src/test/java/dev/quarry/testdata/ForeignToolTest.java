package dev.quarry.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

final class ForeignToolTest {

    private final ForeignTool sh = ForeignTool.require("sh");

    @Test
    void tellsOutputsAndExitCode() {
        ForeignTool.Result result = sh.run("-c", "echo out; echo err >&2; exit 3");
        assertEquals(3, result.exitCode());
        assertEquals("out\n", result.stdout());
        assertEquals("err\n", result.stderr());
        assertThrows(AssertionError.class, result::expectSuccess);
    }

    @Test
    void takesMoreOutputThanAPipeHolds() {
        String script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2";
        ForeignTool.Result result = sh.run("-c", script).expectSuccess();
        assertEquals(300_000, result.stdoutBytes().length);
        assertEquals(300_000, result.stderr().length());
    }

    @Test
    void hasNoInput() {
        assertEquals("", sh.run("-c", "cat").expectSuccess().stdout());
    }

    @Test
    void runsInAnotherFolder(@TempDir Path folder) throws Exception {
        assertEquals(
                folder.toRealPath() + "\n",
                sh.in(folder).run("-c", "pwd -P").expectSuccess().stdout());
    }

    @Test
    void isKilledWhenItsTimeIsOver() {
        ForeignTool limited = sh.withTimeout(Duration.ofMillis(50));
        assertThrows(IllegalStateException.class, () -> limited.run("-c", "sleep 60; true"));
    }

    @Test
    void isFoundOnlyIfInstalled() {
        assertTrue(ForeignTool.find("no-program-has-this-name").isEmpty());
    }
}
