package dev.quarry.cli.frame;

/** Sizes as users write them. */
public final class ByteSizes {

    private static final String UNITS = "KMGTPE";
    private static final int UNIT_BITS = 10;

    private ByteSizes() {}

    /**
     * Reads a size in bytes, or with one of the letters K, M, G, T, P and E for powers of 1,024, as
     * qemu-img does.
     *
     * @param what names it in messages
     */
    public static long parse(String text, String what) {
        long bytes = parseOffset(text, what);
        if (bytes == 0) {
            throw refused(text, what);
        }
        return bytes;
    }

    /** Reads a size as {@link #parse} does, or 0. */
    public static long parseOffset(String text, String what) {
        int end = text.length();
        int shift = 0;
        if (end > 0) {
            int unit = UNITS.indexOf(Character.toUpperCase(text.charAt(end - 1)));
            if (unit >= 0) {
                shift = (unit + 1) * UNIT_BITS;
                end--;
            }
        }
        try {
            // parseLong takes a sign, and -0 would pass for 0.
            long number = end > 0 && text.charAt(0) == '-' ? -1 : Long.parseLong(text, 0, end, 10);
            if (number >= 0 && number <= Long.MAX_VALUE >> shift) {
                return number << shift;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw refused(text, what);
    }

    private static UsageException refused(String text, String what) {
        return new UsageException(what + " is a size such as 512M or 20G, not '" + text + "'");
    }
}
