package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.image.stream.Compression;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/** What a user must be told who did not say what an image is, or cannot have it exactly. */
final class Warnings {

    private Warnings() {}

    static void guessed(
            Invocation invocation, Path file, String format, @Nullable Compression compression) {
        if (compression != null) {
            invocation
                    .messages()
                    .warn(
                            "what "
                                    + file
                                    + " holds, compressed with "
                                    + compression.words()
                                    + ", is taken for a "
                                    + format
                                    + " disk, because nothing contradicts it");
            return;
        }
        invocation
                .messages()
                .warn(
                        "the format of "
                                + file
                                + " is a guess: "
                                + format
                                + ", because nothing contradicts it (-f "
                                + format
                                + " says so)");
    }

    static void unclean(Invocation invocation, Path file) {
        invocation
                .messages()
                .warn(
                        "the last writer of "
                                + file
                                + " did not close it: what it wrote last may be missing");
    }

    static void padded(Invocation invocation, Path file, long sourceBytes, long targetBytes) {
        invocation
                .messages()
                .warn(
                        "the disk has "
                                + sourceBytes
                                + " bytes, and "
                                + targetBytes
                                + " in the target, with zeros at the end: its format knows whole"
                                + " sectors only: "
                                + file);
    }
}
