package dev.quarry.image;

import java.util.regex.Pattern;

/** Text that stands in the files of others, and is not trusted. */
public final class ForeignText {

    /** Control and format characters of all of Unicode: C1 and turned directions, too. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}]");

    private ForeignText() {}

    /** The text with a question mark for each character that does something to a terminal. */
    public static String printable(String text) {
        return UNPRINTABLE.matcher(text).replaceAll("?");
    }
}
