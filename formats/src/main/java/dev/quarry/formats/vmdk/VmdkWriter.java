package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.block.BlockTarget;
import dev.quarry.formats.vmdk.VmdkCreateOptions.Subformat;
import dev.quarry.formats.vmdk.VmdkDescriptorWriter.Line;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.JointCommit;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Writes a disk of uncompressed extents: one with the descriptor in it, or one or several files
 * beside a descriptor. These get their names together.
 */
final class VmdkWriter implements BlockTarget {

    /** Guest bytes of a part of a split disk: 2 GiB less what its tables take, as VMware does. */
    static final long PART_BYTES = 2047L << 20;

    private final OutputFile file;
    private final VmdkCreateOptions options;
    private final long size;
    private final long partBytes;
    private final boolean embedded;
    private final List<ExtentTarget> extents = new ArrayList<>();

    /**
     * @param file for the descriptor; becomes the writer's
     * @param size guest bytes; padded to whole sectors
     */
    VmdkWriter(OutputFile file, long size, VmdkCreateOptions options) throws IOException {
        this.file = file;
        this.options = options;
        this.size = padded(size, file);
        Subformat subformat = options.subformat();
        boolean split = subformat == Subformat.SPLIT_SPARSE || subformat == Subformat.SPLIT_FLAT;
        this.partBytes = split ? PART_BYTES : Math.max(1, this.size);
        this.embedded = subformat == Subformat.MONOLITHIC_SPARSE;
        try {
            openExtents();
        } catch (IOException | RuntimeException e) {
            closeExtents(e);
            throw e;
        }
    }

    /** Whole sectors. */
    static long padded(long size, OutputFile file) throws ImageException {
        if (size < 0 || size > SparseExtentWriter.SIZE_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    "a disk of 0x"
                            + Long.toHexString(size)
                            + " bytes exceeds 0x"
                            + Long.toHexString(SparseExtentWriter.SIZE_MAX)
                            + ", the largest VMDK");
        }
        return Math.ceilDiv(size, SECTOR_BYTES) * SECTOR_BYTES;
    }

    private void openExtents() throws IOException {
        if (embedded) {
            extents.add(new SparseExtentWriter(file, size, DESCRIPTOR_SECTORS_WRITTEN));
            return;
        }
        if (!file.isFresh()) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    file.name(),
                    -1,
                    options.subformat().word() + " has several files, and cannot be on a device");
        }
        int count = Math.toIntExact(Math.max(1, Math.ceilDiv(size, partBytes)));
        if (count > EXTENTS_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    count + " extents are more than " + EXTENTS_MAX + ", which are read");
        }
        for (int i = 0; i < count; i++) {
            long bytes = Math.min(partBytes, size - i * partBytes);
            OutputFile part = file.newSibling(extentName(i));
            try {
                extents.add(
                        options.subformat() == Subformat.SPLIT_SPARSE
                                ? new SparseExtentWriter(part, bytes, 0)
                                : new ExtentTarget.Flat(part, bytes));
            } catch (IOException | RuntimeException e) {
                part.close();
                throw e;
            }
        }
    }

    /**
     * {@code disk-flat.vmdk}, {@code disk-f001.vmdk}, {@code disk-s001.vmdk}, as VMware names. The
     * ending is the descriptor's, whatever it is, as in qemu-img: two disks share no extent.
     */
    private String extentName(int index) throws ImageException {
        String name = fileName(file.path());
        if (name.matches(".*[\"\\\\\\p{Cntrl}].*")) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    file.name(),
                    -1,
                    "a descriptor cannot name files with quotes, backslashes or control"
                            + " characters");
        }
        int dot = name.lastIndexOf('.');
        int end = dot < 0 ? name.length() : dot;
        return name.substring(0, end)
                + switch (options.subformat()) {
                    case SPLIT_SPARSE -> String.format(Locale.ROOT, "-s%03d", index + 1);
                    case SPLIT_FLAT -> String.format(Locale.ROOT, "-f%03d", index + 1);
                    default -> "-flat";
                }
                + name.substring(end);
    }

    static String fileName(Path path) {
        return Objects.requireNonNull(path.getFileName()).toString();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        long length = source.byteSize();
        checkRange(offset, length);
        for (long done = 0; done < length; ) {
            long at = offset + done;
            long end = Math.min(offset + length, (at / partBytes + 1) * partBytes);
            extents.get((int) (at / partBytes))
                    .write(at % partBytes, source.asSlice(done, end - at));
            done += end - at;
        }
    }

    @Override
    public void zero(long offset, long length) throws IOException {
        // No extent has anything to do: all are new, or zero what they allocate.
        checkRange(offset, length);
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
    }

    @Override
    public void commit() throws IOException {
        List<Line> lines = new ArrayList<>();
        for (ExtentTarget extent : extents) {
            extent.finish();
            String name = fileName(extent.file().path());
            lines.add(
                    new Line(
                            extent.size(),
                            extent.type(),
                            embedded ? VmdkDescriptorWriter.embeddedName(name) : name));
        }
        byte[] text = VmdkDescriptorWriter.text(options, size, lines);
        file.write(embedded ? SECTOR_BYTES : 0, MemorySegment.ofArray(text));
        if (embedded) {
            file.commit();
        } else {
            JointCommit.commit(extents.stream().map(ExtentTarget::file).toList(), file);
        }
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (ExtentTarget extent : extents) {
            try {
                extent.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        file.close();
        if (failure != null) {
            throw failure;
        }
    }

    /** The descriptor's file stays the caller's when the constructor throws. */
    private void closeExtents(Exception reason) {
        for (ExtentTarget extent : extents) {
            try {
                extent.close();
            } catch (IOException e) {
                reason.addSuppressed(e);
            }
        }
    }
}
