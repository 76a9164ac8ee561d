package dev.quarry.cli.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.image.ImageException;
import dev.quarry.job.CancelledException;
import dev.quarry.store.StoreException;

import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a user reads for what can happen, and what a program branches on. */
final class FailureTest {

    @Test
    void filesAreNamedAndErrorsAreWords() {
        assertFailure("NoSuchFile", "no such file or folder: /f", new NoSuchFileException("/f"));
        assertFailure("AccessDenied", "permission denied: /f", new AccessDeniedException("/f"));
        assertFailure("FileExists", "is there already: /f", new FileAlreadyExistsException("/f"));
        assertFailure("NotAFolder", "is no folder: /f", new NotDirectoryException("/f"));
        assertFailure(
                "FolderNotEmpty", "folder is not empty: /f", new DirectoryNotEmptyException("/f"));
        assertFailure("NoSpace", "no space left: /f", system("No space left on device"));
        assertFailure("ReadOnly", "read-only file system: /f", system("Read-only file system"));
        assertFailure("IsAFolder", "is a folder, not a file: /f", system("Is a directory"));
        assertFailure("AccessDenied", "permission denied: /f", system("Operation not permitted"));
        assertFailure(
                "InputOutput", "the device reports an error: /f", system("Input/output error"));
        assertFailure("InputOutput", "is a pipe: /f", system("is a pipe"));
        assertFailure(
                "LinkLoop",
                "links go round in a circle: /f",
                system(
                        "Too many levels of symbolic links or unable to access attributes of"
                                + " symbolic link"));
    }

    private static FileSystemException system(String reason) {
        return new FileSystemException("/f", null, reason);
    }

    @Test
    void whatNamesNoFileIsNamedAfterTheWork() {
        assertFailure(
                "NoSpace", "no space left: /work", new IOException("No space left on device"));
        assertFailure(
                "FileTooLarge",
                "the file is too large for its file system: /work",
                new UncheckedIOException(new IOException("File too large")));
        assertFailure("EndOfFile", "ends at 0x10: /work", new EOFException("ends at 0x10: /work"));
        assertFailure("InputOutput", "IOException: /work", new IOException());
    }

    @Test
    void rulesComeWithTheirCode() {
        Failure failure =
                Failure.of(
                        new CatalogException(
                                ErrorCode.INVALID_AMI_ID_NOT_FOUND, "there is no image ami-1"),
                        null);
        assertEquals(
                new Failure("InvalidAMIID.NotFound", "there is no image ami-1", true), failure);
    }

    @Test
    void kindsBecomeCodes() {
        assertFailure(
                "InvalidImage.ReferenceRefused",
                "refers to 'x': disk",
                new ImageException(
                        ImageException.Kind.REFERENCE_REFUSED, "disk", -1, "refers to 'x'"));
        assertFailure(
                "Store.NotFound",
                "no store",
                new StoreException(StoreException.Kind.NOT_FOUND, "no store"));
        assertFailure("Cancelled", "cancelled", new CancelledException());
        assertFailure(
                "InvalidParameterValue",
                "unknown format 'x'",
                new IllegalArgumentException("unknown format 'x'"));
    }

    @Test
    void ourOwnMistakesAreCalledSo() {
        Failure failure = Failure.of(new IllegalStateException("odd"), null);
        assertEquals("InternalError", failure.code());
        assertEquals(
                "internal error (QUARRY_DEBUG=1 shows where): java.lang.IllegalStateException: odd",
                failure.message());
    }

    private static void assertFailure(String code, String message, Exception thrown) {
        assertEquals(new Failure(code, message, false), Failure.of(thrown, "/work"));
    }
}
