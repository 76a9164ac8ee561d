package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.formats.codec.DeflateDecoder;
import dev.quarry.formats.codec.UnitReader;
import dev.quarry.formats.vmdk.VmdkDescriptor.Access;
import dev.quarry.formats.vmdk.VmdkDescriptor.ExtentLine;
import dev.quarry.formats.vmdk.VmdkDescriptor.ExtentType;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate.Role;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/** Opens one VMDK with its extents and its parent; closes what it opened if that fails. */
final class VmdkOpener {

    private final Storage storage;
    private final OpenOptions options;

    /** What was opened so far, besides the storage, which stays the caller's until all is well. */
    private final Deque<Closeable> opened = new ArrayDeque<>();

    /** Whether the last writer of one of the extents did not close it. */
    private boolean unclean;

    /** For the compressed grains of all extents; holds nothing before the first is read. */
    private final UnitReader grains = new UnitReader(DeflateDecoder::zlib);

    VmdkOpener(Storage storage, OpenOptions options) {
        this.storage = storage;
        this.options = options;
    }

    DiskImage open() throws IOException {
        return open(this::parent);
    }

    /** Opens the image without its parent: what is not allocated is zeros. */
    DiskImage openLayer() throws IOException {
        return open(_ -> null);
    }

    /** Opens the parent that a descriptor names, or nothing. */
    @FunctionalInterface
    private interface Parents {
        @Nullable DiskImage open(VmdkDescriptor descriptor) throws IOException;
    }

    private DiskImage open(Parents parents) throws IOException {
        try {
            VmdkDescription description = VmdkDescription.read(storage);
            VmdkDescriptor descriptor = description.descriptor();
            List<VmdkExtent> extents =
                    description.header() == null
                            ? extents(descriptor)
                            : single(description.header());
            DiskImage parent = parents.open(descriptor);
            ImageInfo info = description.info(storage);
            DiskImage image =
                    new VmdkImage(
                            storage, extents, grains, unclean ? info.withDirty() : info, parent);
            if (description.header() == null) {
                storage.close(); // The descriptor was read; the data is in the extents.
            }
            return image;
        } catch (IOException | RuntimeException | Error e) {
            for (Closeable closeable : opened) {
                try {
                    closeable.close();
                } catch (IOException suppressed) {
                    e.addSuppressed(suppressed);
                }
            }
            throw e;
        }
    }

    private List<VmdkExtent> single(VmdkHeader header) throws IOException {
        return List.of(
                new SparseExtent(
                        storage,
                        VmdkFooter.resolve(storage, header),
                        0,
                        SparseExtent.CacheSize.forExtents(1),
                        grains));
    }

    private List<VmdkExtent> extents(VmdkDescriptor descriptor) throws IOException {
        List<VmdkExtent> extents = new ArrayList<>();
        SparseExtent.CacheSize cache =
                SparseExtent.CacheSize.forExtents(descriptor.extents().size());
        long offset = 0;
        for (ExtentLine line : descriptor.extents()) {
            if (line.length() > 0) {
                VmdkExtent extent = extent(line, offset, cache);
                opened.push(extent);
                extents.add(extent);
                offset = extent.end();
            }
        }
        return extents;
    }

    private VmdkExtent extent(ExtentLine line, long offset, SparseExtent.CacheSize cache)
            throws IOException {
        if (line.type() == ExtentType.ZERO) {
            return new VmdkExtent.Zero(offset, line.length());
        }
        if (line.access() == Access.NOACCESS) {
            throw unsupported(line, "may not be accessed (NOACCESS)");
        }
        return switch (line.type()) {
            case FLAT, VMFS -> flat(line, offset);
            case SPARSE, VMFSSPARSE -> sparse(line, offset, cache);
            case SESPARSE -> seSparse(line, offset, cache);
            case VMFSRDM, VMFSRAW ->
                    throw unsupported(line, "of the type " + line.type() + " is not read");
            case ZERO -> throw new AssertionError();
        };
    }

    private VmdkExtent flat(ExtentLine line, long offset) throws IOException {
        Storage file = openFile(line);
        VmdkExtent extent = new VmdkExtent.Flat(offset, line.length(), file, line.position());
        if (line.position() > file.size() - line.length()) {
            file.close();
            throw new ImageException(
                    Kind.TRUNCATED,
                    file.name(),
                    file.size(),
                    "the extent of line "
                            + line.line()
                            + " needs 0x"
                            + Long.toHexString(line.length())
                            + " bytes from 0x"
                            + Long.toHexString(line.position())
                            + ", and the file ends");
        }
        return extent;
    }

    private VmdkExtent sparse(ExtentLine line, long offset, SparseExtent.CacheSize cache)
            throws IOException {
        Storage file = openFile(line);
        try {
            MemorySegment head =
                    MemorySegment.ofArray(new byte[(int) Math.min(file.size(), HEADER_BYTES)]);
            file.read(0, head);
            VmdkHeader header =
                    line.type() == ExtentType.SPARSE
                            ? VmdkFooter.resolve(file, VmdkHeader.parse(head, 0, file.name()))
                            : VmdkHeader.parseCowd(head, file.name());
            requireLength(file, header.size(), line);
            unclean |= header.unclean();
            return new SparseExtent(file, header, offset, cache, grains);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private VmdkExtent seSparse(ExtentLine line, long offset, SparseExtent.CacheSize cache)
            throws IOException {
        Storage file = openFile(line);
        try {
            SeSparseHeader header = SeSparseHeader.read(file);
            requireLength(file, header.size(), line);
            return new SeSparseExtent(file, header, offset, cache);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Of two sizes nobody can say which is meant. */
    private void requireLength(Storage file, long size, ExtentLine line) throws ImageException {
        if (size != line.length()) {
            throw new ImageException(
                    Kind.CORRUPT,
                    file.name(),
                    -1,
                    "the extent has 0x"
                            + Long.toHexString(size)
                            + " bytes, but line "
                            + line.line()
                            + " of "
                            + storage.name()
                            + " says 0x"
                            + Long.toHexString(line.length()));
        }
    }

    private Storage openFile(ExtentLine line) throws IOException {
        String name = Objects.requireNonNull(line.fileName());
        if (name.contains("/") || name.contains("\\")) {
            return options.openStorage(storage, Role.EXTENT, name);
        }
        try {
            return storage.openSibling(name);
        } catch (NoSuchFileException e) {
            throw new ImageException(
                    Kind.REFERENCE_MISSING,
                    storage.name(),
                    -1,
                    "the extent '"
                            + VmdkDescriptor.printable(name)
                            + "' of line "
                            + line.line()
                            + " is not there",
                    e);
        }
    }

    private @Nullable DiskImage parent(VmdkDescriptor descriptor) throws IOException {
        if (!descriptor.hasParent()) {
            return null;
        }
        String hint = descriptor.parentHint();
        if (hint == null || hint.isEmpty()) {
            throw new ImageException(
                    Kind.REFERENCE_MISSING,
                    storage.name(),
                    -1,
                    "has a parent (CID "
                            + Integer.toHexString(descriptor.parentCid())
                            + ") and does not name it");
        }
        DiskImage parent = options.openImage(storage, Role.PARENT, hint, VmdkFormat.NAME);
        opened.push(parent);
        Object cid = parent.info().formatSpecific().get("cid");
        if (!Objects.equals(cid, Integer.toUnsignedLong(descriptor.parentCid()))) {
            throw new ImageException(
                    Kind.CORRUPT,
                    storage.name(),
                    -1,
                    "the parent '"
                            + VmdkDescriptor.printable(hint)
                            + "' was changed: its CID is "
                            + hex(cid)
                            + ", and "
                            + Integer.toHexString(descriptor.parentCid())
                            + " is expected");
        }
        return parent;
    }

    private static String hex(@Nullable Object cid) {
        return cid instanceof Long value ? Long.toHexString(value) : "unknown";
    }

    private ImageException unsupported(ExtentLine line, String why) {
        return new ImageException(
                Kind.UNSUPPORTED,
                storage.name(),
                -1,
                "the extent '"
                        + VmdkDescriptor.printable(String.valueOf(line.fileName()))
                        + "' of line "
                        + line.line()
                        + " "
                        + why);
    }
}
