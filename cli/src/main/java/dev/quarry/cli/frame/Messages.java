package dev.quarry.cli.frame;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is said beside the result, on standard error, a line each: {@code quarry: …} for people, one
 * JSON object for programs. Thread-safe.
 */
public final class Messages {

    private static final String NAME = "quarry: ";

    private final PrintStream err;
    private final boolean json;
    private boolean unfinishedLine;

    /**
     * @param err standard error
     * @param json whether a program reads it
     */
    public Messages(PrintStream err, boolean json) {
        this.err = err;
        this.json = json;
    }

    /** What stopped the command. */
    public void error(Failure failure) {
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("Code", failure.code());
            fields.put("Message", failure.message());
            print("Error", fields);
        } else {
            print(failure.rule() ? failure.code() + ": " + failure.message() : failure.message());
        }
    }

    /** Something that may not be as the user thinks it is. */
    public void warn(String message) {
        if (json) {
            print("Warning", Map.of("Message", message));
        } else {
            print("warning: " + message);
        }
    }

    /** Something that the user may want to know. */
    public void note(String message) {
        if (json) {
            print("Notice", Map.of("Message", message));
        } else {
            print(message);
        }
    }

    private void print(String kind, Map<String, Object> fields) {
        raw(JsonText.line(Map.of(kind, fields)));
    }

    private void print(String message) {
        raw(NAME + PlainText.line(message));
    }

    /** A whole line as it is. */
    synchronized void raw(String line) {
        endLine();
        err.print(line + "\n");
        err.flush();
    }

    /** A line that the next one is written over. */
    synchronized void transientLine(String line) {
        err.print("\r" + line + "\u001b[K");
        err.flush();
        unfinishedLine = true;
    }

    /** Takes the transient line away. */
    synchronized void endLine() {
        if (unfinishedLine) {
            err.print("\r\u001b[K");
            err.flush();
            unfinishedLine = false;
        }
    }
}
