package dev.quarry.cli.frame;

/** Text for people. */
public final class PlainText {

    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final String HEX = "0123456789abcdef";

    private PlainText() {}

    /** A size with three digits and a unit, as qemu-img writes it: {@code 1.95 GiB}. */
    public static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        // As qemu does: from 999.5 on, three digits would not hold it.
        while (value >= 999.5 && unit + 1 < UNITS.length) {
            value /= 1024;
            unit++;
        }
        return significant(value) + " " + UNITS[unit];
    }

    /** A number with three digits, without zeros at the end. */
    public static String significant(double value) {
        int decimals = SIGNIFICANT_DIGITS;
        for (double limit = 0.9995; decimals > 0 && value >= limit; limit *= 10) {
            decimals--;
        }
        return fixed(value, decimals, true);
    }

    /** A number with so many decimals. */
    static String fixed(double value, int decimals, boolean trimmed) {
        long scale = 1;
        for (int i = 0; i < decimals; i++) {
            scale *= 10;
        }
        long scaled = Math.round(value * scale);
        StringBuilder text = new StringBuilder().append(scaled / scale);
        if (decimals > 0) {
            text.append('.');
            String fraction = Long.toString(scaled % scale);
            text.repeat('0', decimals - fraction.length()).append(fraction);
            while (trimmed && text.charAt(text.length() - 1) == '0') {
                text.setLength(text.length() - 1);
            }
            if (text.charAt(text.length() - 1) == '.') {
                text.setLength(text.length() - 1);
            }
        }
        return text.toString();
    }

    /** Seconds as {@code 0:07}, {@code 12:30} or {@code 1:02:03}. */
    static String duration(long seconds) {
        StringBuilder text = new StringBuilder();
        if (seconds >= 3600) {
            text.append(seconds / 3600).append(':');
            if (seconds / 60 % 60 < 10) {
                text.append('0');
            }
        }
        text.append(seconds / 60 % 60).append(':');
        if (seconds % 60 < 10) {
            text.append('0');
        }
        return text.append(seconds % 60).toString();
    }

    /**
     * Text of one line that does nothing to a terminal: control characters, which names inside of
     * images may have, are written as {@code \x1b}.
     */
    public static String line(String text) {
        StringBuilder line = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isControl(c)) {
                if (line == null) {
                    line = new StringBuilder(text.length() + 16).append(text, 0, i);
                }
                line.append("\\x").append(HEX.charAt(c >> 4 & 0xF)).append(HEX.charAt(c & 0xF));
            } else if (line != null) {
                line.append(c);
            }
        }
        return line == null ? text : line.toString();
    }

    private static boolean isControl(char c) {
        return c < ' ' || (c >= 0x7f && c < 0xa0);
    }
}
