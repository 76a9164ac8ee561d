package dev.quarry.store;

import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A flat space of named blobs: immutable ones, written once, of which at most what nobody reads any
 * more is given back; and small mutable documents, replaced only if they are as the writer last saw
 * them. Names are lower-case ASCII letters, digits, {@code - _ .} and {@code /} between parts.
 * Thread-safe, and safe against other processes that use the same store.
 */
public interface BlobStore extends Closeable {

    /** Says where the store is, for messages. */
    String name();

    /** The key that everything in the store is encrypted with, or null. */
    default @Nullable StoreKey key() {
        return null;
    }

    /** Whether this process may only read here: so the file system or its permissions say. */
    default boolean isReadOnly() {
        return false;
    }

    /**
     * A document as it was read.
     *
     * @param bytes content
     * @param version changes with every replacement; opaque
     */
    record Document(byte[] bytes, String version) {}

    /** Reads a document, or nothing if there is none of that name. */
    Optional<Document> readDocument(String name) throws IOException;

    /**
     * Writes a document that is not there yet, durably.
     *
     * @return its version
     * @throws BlobConflictException if there is one of that name
     */
    String createDocument(String name, byte[] bytes) throws IOException;

    /**
     * Replaces a document, durably and at once for every reader.
     *
     * @param version the version that was read
     * @return the new version
     * @throws BlobConflictException if the document is not there or not of that version any more;
     *     nothing was changed
     */
    String replaceDocument(String name, byte[] bytes, String version) throws IOException;

    /**
     * Writes a document whatever is there, also one that is damaged, durably and at once for every
     * reader. For repairs: who else changes it meanwhile finds a conflict, or this does.
     *
     * @throws BlobConflictException if it was changed meanwhile
     */
    default void overwriteDocument(String name, byte[] bytes) throws IOException {
        Optional<Document> now = readDocument(name);
        if (now.isEmpty()) {
            createDocument(name, bytes);
        } else {
            replaceDocument(name, bytes, now.get().version());
        }
    }

    /** Asked while nobody creates or replaces a document. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException;
    }

    /**
     * Removes a blob if a condition holds; meanwhile nobody creates or replaces a document.
     *
     * @return whether it did
     */
    default boolean deleteIf(String name, Condition condition) throws IOException {
        if (!condition.holds()) {
            return false;
        }
        delete(name);
        return true;
    }

    /**
     * Gives a sealed blob its name if a condition holds; meanwhile nobody creates or replaces a
     * document. Durable after {@link #settle}.
     *
     * @return whether it did
     */
    default boolean placeIf(BlobWriter sealed, String name, Condition condition)
            throws IOException {
        if (!condition.holds()) {
            return false;
        }
        sealed.place(name);
        return true;
    }

    /**
     * Copies a document as it is stored, damaged or not, to a blob whose name is a folder and the
     * name under which the document is stored. What is kept there already stays: another content
     * gets the name with a number behind it.
     *
     * @param folder ends with {@code /}
     */
    default void keepDocument(String name, String folder) throws IOException {
        Optional<Document> now = readDocument(name);
        if (now.isEmpty()) {
            return;
        }
        byte[] bytes = now.get().bytes();
        String target = folder + name;
        for (int copy = 2; !keep(target, bytes); copy++) {
            target = folder + name + "." + copy;
        }
    }

    /** Whether a blob is there with these bytes when this returns. */
    private boolean keep(String name, byte[] bytes) throws IOException {
        try (BlobWriter copy = newBlob()) {
            copy.write(0, MemorySegment.ofArray(bytes));
            copy.seal();
            copy.publish(name);
            return true;
        } catch (BlobConflictException e) {
            // Of an earlier repair: the same, if that was cut off.
            Optional<Document> kept = readDocument(name);
            return kept.isPresent() && Arrays.equals(kept.get().bytes(), bytes);
        }
    }

    /**
     * As {@link #createDocument}, for what is of no use after a crash of the machine: then it may
     * be there, whole, or not.
     */
    default String createTransient(String name, byte[] bytes) throws IOException {
        return createDocument(name, bytes);
    }

    /** As {@link #replaceDocument}, for a document made with {@link #createTransient}. */
    default String replaceTransient(String name, byte[] bytes, String version) throws IOException {
        return replaceDocument(name, bytes, version);
    }

    /**
     * Names of all blobs and documents that begin with {@code prefix}, sorted; what comes and goes
     * meanwhile may be missing.
     */
    List<String> list(String prefix) throws IOException;

    /** Begins an immutable blob; nobody sees it before {@link BlobWriter#publish}. */
    BlobWriter newBlob() throws IOException;

    /**
     * Opens a blob for reading.
     *
     * @throws java.nio.file.NoSuchFileException if there is none of that name
     */
    Blob open(String name) throws IOException;

    /** Removes a blob or document; one that is not there is no error. */
    void delete(String name) throws IOException;

    /**
     * A range of a blob, in bytes.
     *
     * @param end the first position behind it
     */
    record Range(long position, long end) {
        long bytes() {
            return end - position;
        }
    }

    /**
     * Whether a blob can get a second name, and parts of it can be given back when it has one name
     * again. Not one that has several now: somebody else may keep it so.
     */
    default boolean canDiscard(String name) throws IOException {
        return false;
    }

    /**
     * Gives the bytes of a blob a second name, durably, without copying them.
     *
     * @throws BlobConflictException if the name is taken
     */
    default void share(String name, String other) throws IOException {
        throw new UnsupportedOperationException("a blob has one name in " + name());
    }

    /**
     * Gives back the space of ranges of a blob that nobody reads any more: they read as zeros from
     * then on, or as before after a crash of the machine. A blob that has another name is left as
     * it is.
     *
     * @param bytes that the blob takes without the ranges: one that takes about so many is left as
     *     it is, too
     */
    default void discard(String name, long bytes, List<Range> ranges) throws IOException {
        throw new UnsupportedOperationException("a blob is not changed in " + name());
    }

    /** Removes several, in any order, at once where that is quicker. */
    default void deleteAll(Collection<String> names) throws IOException {
        for (String name : names) {
            delete(name);
        }
    }

    /**
     * Makes what was {@linkplain BlobWriter#place placed} durable.
     *
     * @param names of all of it
     */
    default void settle(Collection<String> names) throws IOException {}
}
