package dev.quarry.cli.frame;

/** The arguments do not fit together; the message says how, and {@code --help} the rest. */
public final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
