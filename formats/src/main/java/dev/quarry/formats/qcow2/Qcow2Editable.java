package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.CheckReport;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Says whether an image may be changed in place: nothing in it is unknown, and nothing wrong. */
final class Qcow2Editable {

    private Qcow2Editable() {}

    /**
     * Reads the header and checks the whole image.
     *
     * @throws ImageException naming what the image has that a change here would not keep true
     */
    static Qcow2Header require(OutputFile file, Storage storage, CancelToken cancel)
            throws IOException {
        Qcow2Header header = Qcow2Format.readHeader(storage);
        if (header.cryptMethod() != CRYPT_NONE) {
            throw refused(file, Kind.ENCRYPTED, CRYPT_METHOD_POSITION, "is encrypted");
        }
        if (header.has(INCOMPATIBLE_DATA_FILE)) {
            throw refused(
                    file,
                    Kind.UNSUPPORTED,
                    INCOMPATIBLE_FEATURES_POSITION,
                    "has an external data file");
        }
        if (header.has(INCOMPATIBLE_DIRTY)) {
            throw refused(
                    file,
                    Kind.UNSUPPORTED,
                    INCOMPATIBLE_FEATURES_POSITION,
                    "was not closed by its last writer, and its refcounts may be wrong (check -r"
                            + " all mends them)");
        }
        if (header.has(INCOMPATIBLE_CORRUPT)) {
            throw refused(
                    file,
                    Kind.CORRUPT,
                    INCOMPATIBLE_FEATURES_POSITION,
                    "is marked as corrupt (check -r all may mend it)");
        }
        if (Qcow2Bitmaps.areUsed(header)) {
            throw refused(
                    file,
                    Kind.UNSUPPORTED,
                    AUTOCLEAR_FEATURES_POSITION,
                    "has persistent bitmaps, which a change would make untrue");
        }
        requireNoErrors(file, storage, cancel);
        return header;
    }

    /** A cluster that is used and counted as free would be overwritten. */
    private static void requireNoErrors(OutputFile file, Storage storage, CancelToken cancel)
            throws IOException {
        CheckReport report = new Qcow2Checker(storage, null, null, _ -> {}, cancel).check();
        if (report.corruptions() + report.checkErrors() != 0) {
            throw refused(
                    file,
                    Kind.CORRUPT,
                    -1,
                    "has "
                            + (report.corruptions() + report.checkErrors())
                            + " errors, which check lists");
        }
    }

    static ImageException refused(OutputFile file, Kind kind, long position, String why) {
        return new ImageException(
                kind, file.name(), position, why + ": it is not changed in place");
    }

    /** Features that are true only as long as everybody who writes knows of them. */
    static void clearAutoclear(OutputFile file, Qcow2Header header) throws IOException {
        if (header.autoclear() != 0) {
            MemorySegment none = MemorySegment.ofArray(new byte[Long.BYTES]);
            file.write(AUTOCLEAR_FEATURES_POSITION, none);
            file.sync();
        }
    }

    /**
     * Marks an image as being changed, or as done: while its reference counts and its flags do not
     * agree. Version 2 has no such mark.
     */
    static void markDirty(OutputFile file, Qcow2Header header, long mark) throws IOException {
        if (header.version() >= 3) {
            MemorySegment word = MemorySegment.ofArray(new byte[Long.BYTES]);
            word.set(LONG, 0, header.incompatible() | mark);
            file.sync();
            file.write(INCOMPATIBLE_FEATURES_POSITION, word);
            file.sync();
        }
    }
}
