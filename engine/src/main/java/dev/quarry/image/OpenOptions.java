package dev.quarry.image;

import dev.quarry.storage.FileStorage;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How an image is opened.
 *
 * @param formats the formats that may be met in a backing chain
 * @param gate opens what the image refers to, or refuses
 * @param above the storages of the layers that stand above this one, outermost first; empty for the
 *     image that the user named
 * @param snapshot the internal snapshot to be read, as {@link SnapshotSelector#of} takes it, or
 *     null for the disk as it is
 * @param member name of the disk to be read in an appliance that has several, or null
 */
public record OpenOptions(
        ImageFormats formats,
        ReferenceGate gate,
        List<Storage> above,
        @Nullable String snapshot,
        @Nullable String member) {

    /**
     * Backing images at most; qemu has no limit and runs out of stack or memory on a chain that is
     * a circle.
     */
    public static final int BACKING_DEPTH_MAX = 64;

    public OpenOptions {
        above = List.copyOf(above);
    }

    /** Options that refuse every reference. */
    public static OpenOptions of(ImageFormats formats) {
        return new OpenOptions(formats, ReferenceGate.deny(), List.of(), null, null);
    }

    public OpenOptions withGate(ReferenceGate newGate) {
        return new OpenOptions(formats, newGate, above, snapshot, member);
    }

    /** Reads an internal snapshot in place of the disk as it is. */
    public OpenOptions withSnapshot(@Nullable String selector) {
        return new OpenOptions(formats, gate, above, selector, member);
    }

    /** Reads one disk of an appliance that has several. */
    public OpenOptions withMember(@Nullable String nameOrId) {
        return new OpenOptions(formats, gate, above, snapshot, nameOrId);
    }

    /**
     * Refuses to read a snapshot of a format that has none.
     *
     * @param storage ends the message
     * @param format name of the format, for the message
     * @throws ImageException of kind UNSUPPORTED if a snapshot is asked for
     */
    public void requireNoSnapshot(Storage storage, String format) throws ImageException {
        if (snapshot != null) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    storage.name(),
                    -1,
                    "a "
                            + format
                            + " image has no internal snapshots, and so no '"
                            + snapshot
                            + "'");
        }
    }

    /**
     * Opens what an image refers to as another image: its backing file or its parent.
     *
     * @param from the storage whose image refers
     * @param role why
     * @param reference the name as the image spells it: untrusted
     * @param formatName the format that the reference names; untrusted, and never guessed
     * @throws ImageException of kind REFERENCE_REFUSED or REFERENCE_MISSING as the gate says;
     *     UNSUPPORTED if the format is not at hand; LIMIT past {@link #BACKING_DEPTH_MAX}; CORRUPT
     *     if the chain is a circle
     */
    public DiskImage openImage(
            Storage from, ReferenceGate.Role role, String reference, String formatName)
            throws IOException {
        requireRoom(from);
        if (!formats.has(formatName)) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    from.name(),
                    -1,
                    "names the format '"
                            + formatName
                            + "' for its "
                            + role.words()
                            + ", which is none of "
                            + formats.names());
        }
        List<Storage> layers = new ArrayList<>(above);
        layers.add(from);
        Storage storage = openStorage(from, role, reference);
        try {
            OpenOptions options = new OpenOptions(formats, gate, layers, null, null);
            return formats.named(formatName).open(storage, options);
        } catch (IOException | RuntimeException | Error e) {
            closeAfter(e, storage);
            throw e;
        }
    }

    /**
     * Opens the file that an image names as its backing file or parent, without reading it.
     *
     * @param info of the image
     * @throws ImageException as {@link #openImage}
     */
    public Storage openBacking(Storage from, ImageInfo info) throws IOException {
        String reference = info.backingFile();
        if (reference == null || info.backingFormat() == null) {
            throw new ImageException(
                    ImageException.Kind.REFERENCE_REFUSED,
                    from.name(),
                    -1,
                    "refers to the backing file '"
                            + reference
                            + "' without naming its format, which is never guessed");
        }
        requireRoom(from);
        return openStorage(from, ReferenceGate.Role.BACKING_FILE, reference);
    }

    private void requireRoom(Storage from) throws ImageException {
        if (above.size() >= BACKING_DEPTH_MAX) {
            throw new ImageException(
                    ImageException.Kind.LIMIT,
                    from.name(),
                    -1,
                    "backing chain is deeper than " + BACKING_DEPTH_MAX + " images");
        }
    }

    /**
     * Opens what an image refers to as plain bytes: its external data file, or an extent.
     *
     * @return the storage, owned by the caller
     * @throws ImageException as {@link #openImage}
     */
    public Storage openStorage(Storage from, ReferenceGate.Role role, String reference)
            throws IOException {
        Storage storage = gate.open(from, role, reference);
        boolean circle =
                isSame(from, storage) || above.stream().anyMatch(layer -> isSame(layer, storage));
        if (circle) {
            ImageException refusal =
                    new ImageException(
                            ImageException.Kind.CORRUPT,
                            from.name(),
                            -1,
                            "the "
                                    + role.words()
                                    + " '"
                                    + reference
                                    + "' closes a circle: it stands above already");
            closeAfter(refusal, storage);
            throw refusal;
        }
        return storage;
    }

    private static boolean isSame(Storage one, Storage other) {
        return one.equals(other)
                || (one instanceof FileStorage file
                        && other instanceof FileStorage that
                        && file.isSameFile(that));
    }

    private static void closeAfter(Throwable failure, Storage storage) {
        try {
            storage.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
