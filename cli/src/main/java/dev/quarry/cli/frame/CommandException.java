package dev.quarry.cli.frame;

import java.io.IOException;

/** A subcommand cannot do what was asked, for a reason that the library has no exception for. */
public final class CommandException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String code;

    /**
     * @param code for programs, in the manner of EC2's error codes
     * @param message for people, one sentence without a full stop
     */
    public CommandException(String code, String message) {
        super(message);
        this.code = code;
    }

    String code() {
        return code;
    }
}
