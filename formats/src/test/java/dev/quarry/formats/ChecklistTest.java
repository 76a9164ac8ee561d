package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tests that {@code formats/docs/checklist.md} names are there. */
final class ChecklistTest {

    /** {@code `Class#method`}, {@code `module Class`}, or {@code `#method`} of the class before. */
    private static final Pattern NAME =
            Pattern.compile("`(?:(?:cli|engine) )?([A-Z]\\w+)?(?:#(\\w+)…?)?`");

    private static Map<String, String> sources(Path root) throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : new String[] {"cli", "engine", "formats"}) {
            try (Stream<Path> files = Files.walk(root.resolve(module + "/src/test/java"))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    String name = String.valueOf(file.getFileName());
                    sources.put(name.substring(0, name.length() - 5), Files.readString(file));
                }
            }
        }
        return sources;
    }

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        Path root = Path.of(System.getProperty("quarry.root"));
        Map<String, String> sources = sources(root);
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (String line : Files.readAllLines(root.resolve("formats/docs/checklist.md"))) {
            String text = "";
            String cell = line.startsWith("|") ? line.replaceAll(".*\\| (.*) \\|$", "$1") : "";
            for (Matcher name = NAME.matcher(cell); name.find(); named++) {
                if (name.group(1) != null) {
                    text = sources.getOrDefault(name.group(1), "");
                }
                String method = name.group(2);
                if (text.isEmpty() || (method != null && !text.contains("void " + method))) {
                    missing.add(name.group());
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(named > 60, named + " names");
    }
}
