package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.storage.FileStorage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;

/**
 * What a file takes on its file system.
 *
 * <p>The JDK does not tell, and to ask the kernel through {@code java.lang.foreign} takes longer
 * than all the rest of {@code quarry info}: about 90 ms of processor time for linking, which no AOT
 * cache holds. The launcher can ask at the price of one small process, and passes what it learned
 * as {@code DEVICE:INODE:BLOCKS} in a variable. That is believed if it is about the file that was
 * opened; otherwise the storage is asked.
 */
final class AllocatedBytes {

    private static final String VARIABLE = "QUARRY_STAT";
    private static final int BLOCK_BYTES = 512;

    private AllocatedBytes() {}

    static long of(FileStorage storage, Invocation invocation) throws IOException {
        String told = invocation.variable(VARIABLE);
        long blocks = told == null ? -1 : blocks(told, storage);
        return blocks < 0 ? storage.allocatedBytes() : blocks * BLOCK_BYTES;
    }

    /** Blocks of the file, or -1 if what the launcher told is not about it. */
    private static long blocks(String told, FileStorage storage) throws IOException {
        int first = told.indexOf(':');
        int second = told.indexOf(':', first + 1);
        if (first < 0 || second < 0) {
            return -1;
        }
        boolean same =
                told.substring(0, first).equals(attribute(storage, "unix:dev"))
                        && told.substring(first + 1, second).equals(attribute(storage, "unix:ino"));
        try {
            return same ? Long.parseLong(told.substring(second + 1)) : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static @Nullable String attribute(FileStorage storage, String name) throws IOException {
        try {
            return String.valueOf(Files.getAttribute(storage.path(), name));
        } catch (UnsupportedOperationException e) {
            return null;
        }
    }
}
