package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;

import java.nio.file.Path;

/** What a user must be told who did not say what an image is, or cannot have it exactly. */
final class Warnings {

    private Warnings() {}

    static void guessed(Invocation invocation, Path file, String format) {
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
