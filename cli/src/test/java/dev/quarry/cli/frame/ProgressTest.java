package dev.quarry.cli.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.job.ProgressListener;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

final class ProgressTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final Messages messages = new Messages(err, false);

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theBarSaysRateAndTimeLeft() {
        assertEquals(
                "import  [######                  ]  25.0 %  256 MiB of 1 GiB  128 MiB/s  0:06"
                        + " left",
                ProgressBar.line("import", 256 << 20, 1 << 30, 128 << 20));
        assertEquals(
                "import  [                        ]  0.0 %  0 B of 1 GiB",
                ProgressBar.line("import", 0, 1 << 30, 0));
        assertEquals(
                "import  [########################]  100.0 %  0 B of 0 B",
                ProgressBar.line("import", 0, 0, 0));
    }

    @Test
    void theBarMakesRoomForMessagesAndGoesAtTheEnd() {
        ProgressListener bar = ProgressOptions.listener("bar", false, "import", null, messages);
        bar.progress(0, 100);
        bar.progress(50, 100);
        messages.warn("something");
        bar.progress(100, 100);
        String printed = printed();
        assertTrue(printed.contains("\r\u001b[Kquarry: warning: something\n"), printed);
        assertTrue(printed.endsWith("\n"), printed);
    }

    @Test
    void programsGetALineEachTime() {
        ProgressListener lines = ProgressOptions.listener("json", false, "convert", null, messages);
        lines.progress(0, 100);
        lines.progress(100, 100);
        assertEquals(
                """
                {"Progress":{"Operation":"convert","DoneBytes":0,"TotalBytes":100}}
                {"Progress":{"Operation":"convert","DoneBytes":100,"TotalBytes":100}}
                """,
                printed());
    }

    @Test
    void oneOfSeveralFilesIsNamed() {
        Path file = Path.of("a.raw");
        ProgressOptions.listener("json", false, "import", file, messages).progress(0, 9);
        assertEquals(
                """
                {"Progress":{"Operation":"import","File":"a.raw","DoneBytes":0,"TotalBytes":9}}
                """,
                printed());
        ProgressOptions.listener("bar", false, "import", file, messages).progress(0, 9);
        assertTrue(printed().contains("import a.raw  ["), printed());
    }

    @Test
    void nothingIsSaidUnlessAsked() {
        ProgressOptions.listener(null, false, "import", null, messages).progress(0, 1);
        ProgressOptions.listener("none", true, "import", null, messages).progress(0, 1);
        assertFalse(printed().contains("import"));
    }
}
