package dev.quarry.cli.frame;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.image.ImageException;
import dev.quarry.job.CancelledException;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.StoreException;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * What stopped a command, in words.
 *
 * @param code for programs: EC2's where the catalogue refuses, else one of a small set ({@code
 *     cli/docs/commands.md} lists them)
 * @param message for people: one sentence that names the file or object
 * @param rule whether the catalogue refuses, and people want the code, too
 */
public record Failure(String code, String message, boolean rule) {

    /**
     * Says what a throwable means.
     *
     * @param subject what the command was working on, for messages of the operating system that
     *     name no file; or null
     */
    public static Failure of(Throwable thrown, @Nullable String subject) {
        return switch (thrown) {
            case CatalogException e -> new Failure(e.code().spelling(), words(e), true);
            case UsageException e -> new Failure("Usage", words(e), false);
            case CommandException e -> new Failure(e.code(), words(e), false);
            case ImageException e -> new Failure(code("InvalidImage", e.kind()), words(e), false);
            case StoreException e -> new Failure(code("Store", e.kind()), words(e), false);
            case BlobConflictException e ->
                    new Failure("Store.Conflict", naming(words(e), subject), false);
            case CancelledException e -> new Failure("Cancelled", "cancelled", false);
            case FileSystemException e -> ofFile(e, subject);
            case EOFException e -> new Failure("EndOfFile", naming(words(e), subject), false);
            case UncheckedIOException e -> of(causeOf(e), subject);
            case IOException e -> ofSystem(words(e), subject);
            case InvalidPathException e ->
                    new Failure("InvalidParameterValue", "is no file name: " + e.getInput(), false);
            case IllegalArgumentException e ->
                    new Failure("InvalidParameterValue", words(e), false);
            case OutOfMemoryError e ->
                    new Failure("OutOfMemory", naming("out of memory", subject), false);
            default ->
                    new Failure(
                            "InternalError",
                            "internal error (QUARRY_DEBUG=1 shows where): " + thrown,
                            false);
        };
    }

    private static Throwable causeOf(UncheckedIOException e) {
        IOException cause = e.getCause();
        return cause == null ? new IOException(words(e)) : cause;
    }

    private static Failure ofFile(FileSystemException e, @Nullable String subject) {
        String file = e.getFile() == null ? subject : e.getFile();
        return switch (e) {
            case NoSuchFileException _ -> named("NoSuchFile", "no such file or folder", e, file);
            case AccessDeniedException _ -> named("AccessDenied", "permission denied", e, file);
            case FileAlreadyExistsException _ -> named("FileExists", "is there already", e, file);
            case NotDirectoryException _ -> named("NotAFolder", "is no folder", e, file);
            case DirectoryNotEmptyException _ ->
                    named("FolderNotEmpty", "folder is not empty", e, file);
            case FileSystemLoopException _ ->
                    named("LinkLoop", "links go round in a circle", e, file);
            default -> ofSystem(e.getReason() == null ? words(e) : e.getReason(), file);
        };
    }

    /** A failure whose exception may give a better reason than its class does. */
    private static Failure named(
            String code, String reason, FileSystemException e, @Nullable String file) {
        return new Failure(
                code, naming(e.getReason() == null ? reason : e.getReason(), file), false);
    }

    /** The JDK passes on what the C library says of an error number, and no number. */
    private static Failure ofSystem(String reason, @Nullable String subject) {
        return switch (reason) {
            case "No space left on device", "Disk quota exceeded" ->
                    new Failure("NoSpace", naming("no space left", subject), false);
            case "File too large" ->
                    new Failure(
                            "FileTooLarge",
                            naming("the file is too large for its file system", subject),
                            false);
            case "Read-only file system" ->
                    new Failure("ReadOnly", naming("read-only file system", subject), false);
            case "Permission denied", "Operation not permitted" ->
                    new Failure("AccessDenied", naming("permission denied", subject), false);
            case "Is a directory" ->
                    new Failure("IsAFolder", naming("is a folder, not a file", subject), false);
            case "Not a directory" ->
                    new Failure("NotAFolder", naming("is no folder", subject), false);
            // The second are the JDK's own words for the first.
            case "Too many levels of symbolic links",
                    "Too many levels of symbolic links or unable to access attributes of"
                            + " symbolic link" ->
                    new Failure("LinkLoop", naming("links go round in a circle", subject), false);
            case "File name too long" ->
                    new Failure("NameTooLong", naming("the name is too long", subject), false);
            case "Too many open files" ->
                    new Failure("TooManyFiles", naming("too many open files", subject), false);
            case "Input/output error" ->
                    new Failure(
                            "InputOutput", naming("the device reports an error", subject), false);
            default -> new Failure("InputOutput", naming(reason, subject), false);
        };
    }

    private static String naming(String reason, @Nullable String subject) {
        return subject == null || reason.contains(subject) ? reason : reason + ": " + subject;
    }

    private static String words(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
    }

    /** {@code Store} and {@code NOT_FOUND} give {@code Store.NotFound}. */
    private static String code(String group, Enum<?> kind) {
        StringBuilder code = new StringBuilder(group).append('.');
        boolean upper = true;
        String name = kind.name();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_') {
                upper = true;
            } else {
                code.append(upper ? c : Character.toLowerCase(c));
                upper = false;
            }
        }
        return code.toString();
    }
}
