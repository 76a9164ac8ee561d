package dev.quarry.image;

import dev.quarry.block.BlockSource;
import dev.quarry.storage.FileStorage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/**
 * A disk image opened for reading. {@link #map} is the primitive; {@link #read} and {@link
 * #extentAt} follow it, through the backing chain. Thread-safe as {@link BlockSource} says. Closing
 * it closes its storage and its backing images.
 */
public interface DiskImage extends BlockSource {

    /**
     * The mapping of this layer at {@code offset}, without touching data.
     *
     * @param offset first guest byte, below {@code limit}
     * @param limit guest byte to stop at, at most {@link #size}
     */
    Mapping map(long offset, long limit) throws IOException;

    /**
     * As {@link #map}, but as the image's own tables say: holes of the host file are not looked
     * for, and a {@link Mapping.Stored} may have some.
     */
    default Mapping allocation(long offset, long limit) throws IOException {
        return map(offset, limit);
    }

    /** The layer below, or null. Owned by this image. */
    @Nullable DiskImage backing();

    /** What the image says of itself. */
    ImageInfo info();

    /** All host files that the disk is read from, those of its backing images among them. */
    List<FileStorage> files();
}
