package dev.quarry.image;

import dev.quarry.block.Extent;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An image whose reading follows from its mapping, layer by layer: what formats extend. A format
 * says where its bytes are ({@link #lookup}) and how a unit is decoded ({@link #decode}); holes of
 * the host file, the backing chain, and merging are done here.
 *
 * @implSpec {@link #lookup} and {@link #decode} must be safe for several threads at once.
 */
public abstract class LayeredImage implements DiskImage {

    /**
     * Holes of the host file that matter in a format with clusters. There they are what
     * preallocation left, and large; to jump over a small one costs more than to read its zeros.
     */
    private static final long SMALL_HOLE_BYTES = 64 << 10;

    private final ImageInfo info;
    private final long size;
    private final @Nullable DiskImage backing;
    private final long backingSize;
    private final long hostHoleBytesMin;

    /**
     * @param info what the image says of itself; its virtual size is the size
     * @param backing the layer below, owned by this image from now on, or null: what is not
     *     allocated is zeros
     */
    protected LayeredImage(ImageInfo info, @Nullable DiskImage backing) {
        this.info = info;
        this.size = info.virtualSize();
        this.backing = backing;
        this.backingSize = backing == null ? 0 : backing.size();
        this.hostHoleBytesMin = info.clusterSize() == 0 ? 1 : SMALL_HOLE_BYTES;
    }

    /**
     * Where this layer's tables say that the bytes from {@code offset} are. The range was checked.
     * A {@link Mapping.Encoded} lies in one unit; a {@link Mapping.Stored} may have holes in the
     * host file.
     */
    protected abstract Mapping lookup(long offset, long limit) throws IOException;

    /**
     * Fills {@code target} from a unit that must be decoded.
     *
     * @param encoded what {@link #lookup} gave
     * @param target receives {@code encoded.length()} bytes; not kept
     */
    protected abstract void decode(Mapping.Encoded encoded, MemorySegment target)
            throws IOException;

    /** The storages of this layer. */
    protected abstract List<Storage> storages();

    @Override
    public final List<FileStorage> files() {
        List<FileStorage> files = new ArrayList<>();
        for (Storage storage : storages()) {
            files.addAll(storage.files());
        }
        if (backing != null) {
            files.addAll(backing.files());
        }
        return files;
    }

    @Override
    public final long size() {
        return size;
    }

    @Override
    public final ImageInfo info() {
        return info;
    }

    @Override
    public final @Nullable DiskImage backing() {
        return backing;
    }

    @Override
    public final Mapping map(long offset, long limit) throws IOException {
        checkRange(offset, limit);
        Mapping mapping = lookup(offset, limit);
        return mapping instanceof Mapping.Stored stored ? splitAtHostHoles(stored) : mapping;
    }

    @Override
    public final Mapping allocation(long offset, long limit) throws IOException {
        checkRange(offset, limit);
        return lookup(offset, limit);
    }

    /**
     * A hole in the host file is known to be zeros: flat extents, raw images and preallocated
     * clusters are sparse files.
     */
    private Mapping splitAtHostHoles(Mapping.Stored stored) throws IOException {
        Storage storage = stored.storage();
        long start = stored.position();
        long end = start + stored.length();
        long data = storage.nextData(start, end);
        if (data - start >= hostHoleBytesMin || data == end) {
            return new Mapping.Zero(stored.offset(), data - start, false);
        }
        long hole = storage.nextHole(data, end);
        while (hole < end) {
            data = storage.nextData(hole, end);
            if (data - hole >= hostHoleBytesMin) {
                return new Mapping.Stored(stored.offset(), hole - start, storage, start);
            }
            hole = storage.nextHole(data, end);
        }
        return stored;
    }

    @Override
    public final Extent extentAt(long offset, long limit) throws IOException {
        Extent extent = nextExtent(offset, limit);
        while (extent.end() < limit) {
            Extent next = nextExtent(extent.end(), limit);
            if (next.kind() != extent.kind()) {
                break;
            }
            extent = new Extent(offset, next.end() - offset, extent.kind());
        }
        return extent;
    }

    private Extent nextExtent(long offset, long limit) throws IOException {
        Mapping mapping = map(offset, limit);
        // No switch over the types: the JVM makes each one's class at run time, 5 ms of a command.
        if (mapping instanceof Mapping.Backing below) {
            return backing == null || offset >= backingSize
                    ? new Extent(offset, below.length(), Extent.Kind.HOLE)
                    : backing.extentAt(offset, Math.min(below.end(), backingSize));
        }
        Extent.Kind kind = Extent.Kind.DATA;
        if (mapping instanceof Mapping.Zero zero) {
            kind = zero.explicit() ? Extent.Kind.ZERO : Extent.Kind.HOLE;
        }
        return new Extent(offset, mapping.length(), kind);
    }

    @Override
    public final void read(long offset, MemorySegment target) throws IOException {
        long length = target.byteSize();
        if (offset < 0 || length > size - offset) {
            throw new IndexOutOfBoundsException(length + " bytes from " + offset + " of " + size);
        }
        for (long done = 0; done < length; ) {
            Mapping mapping = lookup(offset + done, offset + length);
            MemorySegment part = target.asSlice(done, mapping.length());
            if (mapping instanceof Mapping.Stored stored) {
                stored.storage().read(stored.position(), part);
            } else if (mapping instanceof Mapping.Encoded encoded) {
                decode(encoded, part);
            } else if (mapping instanceof Mapping.Backing below) {
                readBacking(below, part);
            } else {
                part.fill((byte) 0);
            }
            done += mapping.length();
        }
    }

    /**
     * A backing image may be shorter than this one, by any number of bytes: what lies past its end
     * is zeros.
     */
    private void readBacking(Mapping.Backing range, MemorySegment target) throws IOException {
        long there = Math.clamp(backingSize - range.offset(), 0, range.length());
        if (backing != null && there > 0) {
            backing.read(range.offset(), target.asSlice(0, there));
        }
        target.asSlice(there).fill((byte) 0);
    }

    private void checkRange(long offset, long limit) {
        if (offset < 0 || offset >= limit || limit > size) {
            throw new IndexOutOfBoundsException("bytes " + offset + " to " + limit + " of " + size);
        }
    }

    /** Closes the layer below; a format closes its own storage too. */
    @Override
    public void close() throws IOException {
        if (backing != null) {
            backing.close();
        }
    }
}
