package dev.quarry.catalog.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.Covers;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;

import java.util.regex.Pattern;

class WildcardTest {

    @Test
    @Covers("4.10.3")
    void table() {
        String[][] rows = {
            // pattern, value, expected
            {"", "", "true"},
            {"", "a", "false"},
            {"*", "", "true"},
            {"*", "anything", "true"},
            {"?", "", "false"},
            {"?", "a", "true"},
            {"?", "ab", "false"},
            {"a*c", "abbbc", "true"},
            {"a*c", "ac", "true"},
            {"a*c", "acb", "false"},
            {"*a*b*", "xxaxxbxx", "true"},
            {"*a*b*", "xxbxxaxx", "false"},
            {"Debian*", "debian-12", "false"},
            {"2026-08-*", "2026-08-01T12:34:56.789Z", "true"},
            {"a\\*", "a*", "true"},
            {"a\\*", "ab", "false"},
            {"a\\?b", "a?b", "true"},
            {"a\\\\", "a\\", "true"},
            {"a\\", "a\\", "true"},
            {"a.c", "abc", "false"},
            {"**", "abc", "true"},
        };
        for (String[] row : rows) {
            assertEquals(
                    Boolean.parseBoolean(row[2]),
                    new Wildcard(row[0]).matches(row[1]),
                    row[0] + " on " + row[1]);
        }
        assertTrue(new Wildcard("abc").isLiteral());
        assertFalse(new Wildcard("a*").isLiteral());
        assertFalse(new Wildcard("a?").isLiteral());
        assertFalse(new Wildcard("a\\b").isLiteral());
    }

    @Test
    void agreesWithRegularExpressions() {
        Replay.seeds(
                2000,
                random -> {
                    StringBuilder pattern = new StringBuilder();
                    StringBuilder regex = new StringBuilder();
                    for (int i = random.nextInt(6); i > 0; i--) {
                        char c = "ab*?".charAt(random.nextInt(4));
                        pattern.append(c);
                        regex.append(c == '*' ? ".*" : c == '?' ? "." : String.valueOf(c));
                    }
                    StringBuilder value = new StringBuilder();
                    for (int i = random.nextInt(7); i > 0; i--) {
                        value.append("ab".charAt(random.nextInt(2)));
                    }
                    assertEquals(
                            Pattern.matches(regex.toString(), value),
                            new Wildcard(pattern.toString()).matches(value.toString()),
                            pattern + " on " + value);
                });
    }

    @Test
    void hostilePatternsTakeNoTime() {
        String value = "a".repeat(255);
        assertFalse(new Wildcard("a*".repeat(120) + "b").matches(value));
    }
}
