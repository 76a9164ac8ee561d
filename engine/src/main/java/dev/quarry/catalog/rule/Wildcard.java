package dev.quarry.catalog.rule;

/**
 * A filter's value: {@code *} stands for any characters, {@code ?} for one, and a backslash takes
 * the meaning from the character behind it. Case counts.
 *
 * @param text as it was given
 */
public record Wildcard(String text) {

    private static final char ANY = '*';
    private static final char ONE = '?';
    private static final char ESCAPE = '\\';

    /** Whether it stands for one value alone. */
    public boolean isLiteral() {
        return text.indexOf(ANY) < 0 && text.indexOf(ONE) < 0 && text.indexOf(ESCAPE) < 0;
    }

    /**
     * Whether a value fits. Takes time in proportion to the product of the two lengths at most,
     * whatever the pattern.
     */
    public boolean matches(String value) {
        int at = 0;
        int pattern = 0;
        int lastAny = -1;
        int resumeAt = 0;
        while (at < value.length()) {
            int width = width(pattern);
            if (pattern < text.length() && text.charAt(pattern) == ANY) {
                lastAny = pattern++;
                resumeAt = at;
            } else if (width > 0 && fits(pattern, value.charAt(at))) {
                pattern += width;
                at++;
            } else if (lastAny >= 0) {
                pattern = lastAny + 1;
                at = ++resumeAt;
            } else {
                return false;
            }
        }
        while (pattern < text.length() && text.charAt(pattern) == ANY) {
            pattern++;
        }
        return pattern == text.length();
    }

    /** Characters that the element at a position of the pattern has; 0 at its end. */
    private int width(int pattern) {
        if (pattern >= text.length()) {
            return 0;
        }
        return text.charAt(pattern) == ESCAPE && pattern + 1 < text.length() ? 2 : 1;
    }

    private boolean fits(int pattern, char c) {
        if (width(pattern) == 2) {
            return text.charAt(pattern + 1) == c;
        }
        return text.charAt(pattern) == ONE || text.charAt(pattern) == c;
    }
}
