package dev.quarry.cli.frame;

import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.secret.KeySource;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One run of a subcommand: its arguments, and where its words go. For one thread. */
public final class Invocation {

    private final ParseResult global;
    private final ParseResult args;
    private final Console console;
    private final CancelToken cancel;
    private final Messages messages;
    private final boolean json;
    private @Nullable String subject;

    /**
     * @param global what stands before the subcommand's name
     * @param args what stands behind it
     * @param cancel cancelled when the process is told to end
     */
    public Invocation(ParseResult global, ParseResult args, Console console, CancelToken cancel) {
        this.global = global;
        this.args = args;
        this.console = console;
        this.cancel = cancel;
        this.json = isJson(value(OutputOptions.OUTPUT), has(OutputOptions.JSON));
        this.messages =
                new Messages(
                        console.err(),
                        json || ProgressOptions.isJson(value(ProgressOptions.PROGRESS)));
    }

    private static boolean isJson(@Nullable String output, boolean shortForm) {
        if (output == null || output.equals(OutputOptions.JSON_VALUE)) {
            return shortForm || output != null;
        }
        if (!output.equals(OutputOptions.HUMAN_VALUE)) {
            throw new UsageException("--output is one of json and human, not '" + output + "'");
        }
        if (shortForm) {
            throw new UsageException("--json and --output=human exclude one another");
        }
        return false;
    }

    // Arguments.

    /** Whether an option is there. */
    public boolean has(String option) {
        return args.hasMatchedOption(option);
    }

    /** Value of an option, or null. */
    public @Nullable String value(String option) {
        OptionSpec matched = args.matchedOption(option);
        return matched == null ? null : matched.stringValues().getLast();
    }

    /** Value of an option that the subcommand may not know, or null. */
    public @Nullable String optionalValue(String option) {
        return args.commandSpec().findOption(option) == null ? null : value(option);
    }

    /** Value of an option, or what it is without. */
    public String value(String option, String otherwise) {
        String value = value(option);
        return value == null ? otherwise : value;
    }

    /** Values of an option that may be repeated. */
    public List<String> values(String option) {
        OptionSpec matched = args.matchedOption(option);
        return matched == null ? List.of() : matched.stringValues();
    }

    /** An argument that is there for certain. */
    public String argument(int index) {
        return args.matchedPositionals().get(index).stringValues().getFirst();
    }

    /**
     * An argument that names a file to be made.
     *
     * @throws FileSystemException if its end says that it is a folder
     */
    public Path target(int index) throws FileSystemException {
        String name = argument(index);
        if (name.endsWith("/")) {
            throw new FileSystemException(name, null, "is a folder, not an image");
        }
        return Path.of(name);
    }

    /** The arguments from an index on, which one parameter takes. */
    public List<String> arguments(int index) {
        return args.matchedPositionals().get(index).stringValues();
    }

    /** The arguments from an index on, of which there may be none. */
    public List<String> optionalArguments(int index) {
        return index < args.matchedPositionals().size() ? arguments(index) : List.of();
    }

    /** An argument that may be left out, or null. */
    public @Nullable String optionalArgument(int index) {
        return index < args.matchedPositionals().size() ? argument(index) : null;
    }

    /** The folder of the store; it need not be there. */
    public Path storeFolder() {
        return StoreOptions.folder(either(StoreOptions.STORE), console);
    }

    /** Whether the command line itself names the store. */
    public boolean namesStore() {
        return either(StoreOptions.STORE) != null;
    }

    /** What opens an encrypted store, or null. */
    public @Nullable KeySource key() throws IOException {
        return StoreOptions.key(
                either(StoreOptions.KEY_FILE), either(StoreOptions.PASSPHRASE_FILE), console);
    }

    /** On whose behalf the command acts. */
    public String account() {
        return StoreOptions.account(either(StoreOptions.ACCOUNT), console);
    }

    /** Organisations and organisational units that the account is in. */
    public Set<String> organizations() {
        return StoreOptions.organizations(either(StoreOptions.ORGANIZATIONS), console);
    }

    private @Nullable String either(String option) {
        String value = optionalValue(option);
        OptionSpec before = global.matchedOption(option);
        return value == null && before != null ? before.stringValues().getLast() : value;
    }

    /** Value of an environment variable that is set and not empty, or null. */
    public @Nullable String variable(String name) {
        return console.variable(name);
    }

    // Results.

    /** Whether a program reads the result. */
    public boolean json() {
        return json;
    }

    /** Prints a line of the result. */
    public void print(String line) {
        console.out().print(PlainText.line(line) + "\n");
    }

    /** Prints a result in JSON. */
    public void print(Map<String, ?> result) {
        console.out().print(JsonText.pretty(result) + "\n");
    }

    /** Prints text as it is. */
    public void printText(String text) {
        console.out().print(text);
    }

    /** Hands on what was printed, to who waits for more. */
    public void flush() {
        console.out().flush();
    }

    public Messages messages() {
        return messages;
    }

    // While it runs.

    /** Cancelled when the process is told to end. */
    public CancelToken cancel() {
        return cancel;
    }

    /**
     * Reports progress as {@code --progress} says.
     *
     * @param what names the operation
     */
    public ProgressListener progress(String what) {
        return progress(what, null);
    }

    /**
     * Reports progress as {@code --progress} says.
     *
     * @param what names the operation
     * @param file what it is done with, if it is done with several one after the other; or null
     */
    public ProgressListener progress(String what, @Nullable Path file) {
        return ProgressOptions.listener(
                value(ProgressOptions.PROGRESS), console.terminal() && !json, what, file, messages);
    }

    /** Reports progress as {@code --progress} says, and with a bar where it does not. */
    public ProgressListener progressBar(String what) {
        return ProgressOptions.listener(
                value(ProgressOptions.PROGRESS), true, what, null, messages);
    }

    /** Says what is worked on now: it is named where the operating system's error names no file. */
    public void workingOn(Object file) {
        subject = file.toString();
    }

    /** What stopped this run, in words. */
    public Failure failure(Throwable thrown) {
        return Failure.of(thrown, subject);
    }
}
