package dev.quarry.image;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.ForwardDisk;
import dev.quarry.block.OpenEndedTarget;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/**
 * One disk image format. Implementations are stateless, thread-safe, have a public no-argument
 * constructor, and are found through {@link java.util.ServiceLoader}.
 */
public interface ImageFormat {

    /** How sure a format is that a file is its own. */
    enum Confidence {
        NO,
        /** Nothing contradicts it: what raw says of any file. */
        POSSIBLE,
        /** The magic number is there. */
        CERTAIN
    }

    /** The name that users and images use for it: {@code raw}, {@code qcow2}, {@code vmdk}. */
    String name();

    /**
     * Judges a file by its beginning, without reading more of it.
     *
     * @param head the first bytes, at most {@link ImageFormats#PROBE_BYTES}
     * @param fileSize bytes of the whole file
     */
    Confidence probe(MemorySegment head, long fileSize);

    /**
     * What the image says of itself, opening nothing that it refers to.
     *
     * @param storage stays the caller's
     * @throws ImageException if it is no valid image of this format
     */
    ImageInfo inspect(Storage storage) throws IOException;

    /**
     * Opens an image for reading. Everything that can be checked without reading all the metadata
     * is checked here.
     *
     * @param storage becomes the image's when this returns; stays the caller's when it throws
     */
    DiskImage open(Storage storage, OpenOptions options) throws IOException;

    /**
     * Opens an image of which the bytes come in their order and only once.
     *
     * @param input becomes the disk's when this returns; stays the caller's when it throws
     * @throws ImageException of kind UNSUPPORTED if the format can only be read from a file
     */
    default ForwardDisk openForward(ForwardInput input) throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                input.name(),
                -1,
                "what has the format " + name() + " is read from a file only, not from a stream");
    }

    /** Whether {@link #create} can write this format. */
    default boolean isWritable() {
        return false;
    }

    /**
     * Begins an image of {@code size} guest bytes.
     *
     * @param file where it goes; becomes the target's when this returns
     * @throws ImageException of kind UNSUPPORTED if the format or an option cannot be written
     */
    default BlockTarget create(OutputFile file, long size, CreateOptions options)
            throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                file.name(),
                -1,
                name() + " images cannot be written");
    }

    /**
     * Reports what an image of {@code size} guest bytes takes in this format.
     *
     * @param source what it would hold, or null for nothing
     * @throws ImageException of kind UNSUPPORTED if the format cannot tell
     */
    default MeasuredSize measure(long size, @Nullable BlockSource source, CreateOptions options)
            throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                name(),
                -1,
                "the size of " + name() + " images cannot be measured");
    }

    /** Whether {@link #check} can check this format. */
    default boolean isCheckable() {
        return false;
    }

    /**
     * Checks the consistency of an image's metadata, opening nothing that it refers to.
     *
     * @param storage stays the caller's
     * @param findings hears of each, in a sentence
     * @throws ImageException if it is so far from this format that nothing can be checked
     */
    default CheckReport check(Storage storage, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                storage.name(),
                -1,
                "the " + name() + " format does not support checks");
    }

    /**
     * Checks an image and mends what {@code repair} allows, in place.
     *
     * @param file stays the caller's
     * @throws ImageException of kind UNSUPPORTED if images of this format cannot be mended
     */
    default CheckReport repair(
            OutputFile file, Repair repair, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                file.name(),
                -1,
                name() + " images cannot be repaired");
    }

    /**
     * Begins an image of a disk whose size is told at its end.
     *
     * @param file where it goes; becomes the target's when this returns
     * @param sizeMax guest bytes that it has at most
     * @throws ImageException of kind UNSUPPORTED if the format must know the size before
     */
    default OpenEndedTarget createOpenEnded(OutputFile file, long sizeMax, CreateOptions options)
            throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                file.name(),
                -1,
                "the size of a disk must be known before it is written as "
                        + name()
                        + ", and raw bytes that come as a stream tell it at their end");
    }

    /**
     * Internal snapshots of an image, in its order.
     *
     * @param storage stays the caller's
     */
    default List<SnapshotInfo> snapshots(Storage storage) throws IOException {
        return List.of();
    }

    /**
     * Opens an image to be changed in place, and changes nothing yet.
     *
     * @param file becomes the image's when this returns
     * @param cancel ends the look at what is there
     * @throws ImageException of kind UNSUPPORTED if the format, or something that the image has,
     *     cannot be changed in place
     */
    default EditableImage edit(OutputFile file, CancelToken cancel) throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                file.name(),
                -1,
                name() + " images cannot be changed in place");
    }

    /**
     * Changes the internal snapshots of an image in place.
     *
     * @param file stays the caller's
     * @param listener hears of the guest bytes whose tables were gone through, each as often as
     *     that is done
     * @param cancel heeded up to the first change; what was begun is brought to its end
     * @throws ImageException of kind UNSUPPORTED as {@link #edit}, or if the format has no
     *     snapshots; REFERENCE_MISSING if there is none of that id or name
     */
    default void changeSnapshots(
            OutputFile file, SnapshotChange change, ProgressListener listener, CancelToken cancel)
            throws IOException {
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                file.name(),
                -1,
                name() + " images have no internal snapshots that can be changed");
    }
}
