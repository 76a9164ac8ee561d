package dev.quarry.cli.frame;

import dev.quarry.image.ByteSize;

/** Sizes as users write them. */
public final class ByteSizes {

    private ByteSizes() {}

    /**
     * Reads a size that is not 0, as {@link ByteSize} does.
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
        long bytes = ByteSize.parse(text);
        if (bytes < 0) {
            throw refused(text, what);
        }
        return bytes;
    }

    private static UsageException refused(String text, String what) {
        return new UsageException(what + " is a size such as 512M or 20G, not '" + text + "'");
    }
}
