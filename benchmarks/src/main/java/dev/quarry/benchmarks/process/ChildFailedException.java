package dev.quarry.benchmarks.process;

import java.io.IOException;

/** A program that was measured failed, so its time means nothing. */
public final class ChildFailedException extends IOException {

    private static final long serialVersionUID = 1L;

    ChildFailedException(Invocation invocation, String how, String said) {
        super(String.join(" ", invocation.command()) + ": " + how + "\n" + said);
    }
}
