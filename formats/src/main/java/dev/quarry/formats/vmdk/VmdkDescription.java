package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.formats.vmdk.VmdkDescriptor.ExtentLine;
import dev.quarry.formats.vmdk.VmdkDescriptor.ExtentType;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageInfo;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the file that the user names says of the disk: a descriptor, and the header that it is
 * embedded behind, if it is.
 *
 * @param header of the sparse extent in the same file, or null if the file is the descriptor alone
 */
record VmdkDescription(@Nullable VmdkHeader header, VmdkDescriptor descriptor) {

    /** Kinds of disks that are read: what their extents are says the rest. */
    private static final Set<String> CREATE_TYPES =
            Set.of(
                    "monolithicSparse",
                    "monolithicFlat",
                    "twoGbMaxExtentSparse",
                    "twoGbMaxExtentFlat",
                    "2GbMaxExtentSparse",
                    "2GbMaxExtentFlat",
                    "streamOptimized",
                    "vmfs",
                    "vmfsSparse",
                    "seSparse",
                    "vmfsThin",
                    "vmfsPreallocated",
                    "vmfsEagerZeroedThick",
                    "custom");

    /** Kinds that are known and refused, and what they are. */
    private static final Map<String, String> OTHER_TYPES =
            Map.of(
                    "fullDevice", "its data is on a device of the host",
                    "partitionedDevice", "its data is on a device of the host",
                    "vmfsRaw", "its data is on a device of the host",
                    "vmfsRawDeviceMap", "it maps a LUN (RDM), which is not in any file",
                    "vmfsPassthroughRawDeviceMap", "it maps a LUN (RDM), which is not in any file",
                    "vsanSparse", "its data is in a vSAN");

    /** Reads header and descriptor, and nothing else. */
    static VmdkDescription read(Storage storage) throws IOException {
        MemorySegment head =
                MemorySegment.ofArray(new byte[(int) Math.min(storage.size(), HEADER_BYTES)]);
        storage.read(0, head);
        int magic = head.byteSize() < Integer.BYTES ? 0 : head.get(INT, MAGIC_POSITION);
        if (magic == COWD_MAGIC) {
            throw loneExtent(storage.name());
        }
        VmdkDescription description =
                magic == MAGIC
                        ? embedded(storage, VmdkHeader.parse(head, 0, storage.name()))
                        : new VmdkDescription(
                                null, descriptorFile(storage, VmdkDescriptor.isLikely(head)));
        refuseOtherKinds(storage.name(), description.descriptor.createType());
        return description;
    }

    /**
     * What header and descriptor say of a disk in one file.
     *
     * @param text what stands in the descriptor's place
     * @param resource ends messages
     */
    static VmdkDescription embedded(VmdkHeader header, MemorySegment text, String resource)
            throws ImageException {
        if (text.byteSize() == 0 || text.get(BYTE, 0) == 0) {
            throw loneExtent(resource);
        }
        VmdkDescriptor descriptor = VmdkDescriptor.parse(text, resource);
        // The name in the line is ignored: the file may have been renamed, and another may have its
        // name now.
        boolean agrees =
                descriptor.extents().size() == 1
                        && descriptor.extents().getFirst().type() == ExtentType.SPARSE
                        && descriptor.size() == header.size();
        if (!agrees) {
            throw new ImageException(
                    Kind.CORRUPT,
                    resource,
                    header.descriptorPosition(),
                    "the embedded descriptor names "
                            + descriptor.extents().size()
                            + " extents of 0x"
                            + Long.toHexString(descriptor.size())
                            + " bytes, the header one sparse extent of 0x"
                            + Long.toHexString(header.size()));
        }
        return new VmdkDescription(header, descriptor);
    }

    private static VmdkDescription embedded(Storage storage, VmdkHeader header) throws IOException {
        if (header.descriptorPosition() == 0 || header.descriptorBytes() == 0) {
            throw loneExtent(storage.name());
        }
        if (header.descriptorPosition() > storage.size() - header.descriptorBytes()) {
            throw new ImageException(
                    Kind.TRUNCATED,
                    storage.name(),
                    header.descriptorPosition(),
                    "the descriptor of 0x"
                            + Integer.toHexString(header.descriptorBytes())
                            + " bytes lies past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        MemorySegment text = MemorySegment.ofArray(new byte[header.descriptorBytes()]);
        storage.read(header.descriptorPosition(), text);
        return embedded(header, text, storage.name());
    }

    private static VmdkDescriptor descriptorFile(Storage storage, boolean likely)
            throws IOException {
        if (storage.size() > DESCRIPTOR_BYTES_MAX) {
            throw new ImageException(
                    likely ? Kind.LIMIT : Kind.FOREIGN,
                    storage.name(),
                    0,
                    likely
                            ? "descriptor of 0x"
                                    + Long.toHexString(storage.size())
                                    + " bytes exceeds 0x"
                                    + Integer.toHexString(DESCRIPTOR_BYTES_MAX)
                            : "no VMDK: neither a sparse header nor a descriptor");
        }
        MemorySegment text = MemorySegment.ofArray(new byte[(int) storage.size()]);
        storage.read(0, text);
        VmdkDescriptor descriptor;
        try {
            descriptor = VmdkDescriptor.parse(text, storage.name());
        } catch (ImageException e) {
            if (likely) {
                throw e;
            }
            throw new ImageException(
                    Kind.FOREIGN,
                    storage.name(),
                    0,
                    "no VMDK: neither a sparse header nor a descriptor",
                    e);
        }
        if (descriptor.extents().isEmpty()) {
            throw new ImageException(
                    Kind.CORRUPT, storage.name(), -1, "the descriptor names no extents");
        }
        return descriptor;
    }

    private static ImageException loneExtent(String resource) {
        return new ImageException(
                Kind.UNSUPPORTED,
                resource,
                -1,
                "is one extent of a split disk and does not describe the disk: open the descriptor"
                        + " file that names it");
    }

    private static void refuseOtherKinds(String resource, String createType) throws ImageException {
        if (CREATE_TYPES.contains(createType)) {
            return;
        }
        String kind = OTHER_TYPES.get(createType);
        throw new ImageException(
                Kind.UNSUPPORTED,
                resource,
                -1,
                "VMDK of the type '"
                        + VmdkDescriptor.printable(createType)
                        + "' is not read"
                        + (kind == null ? "" : ": " + kind));
    }

    ImageInfo info(Storage storage) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("cid", Integer.toUnsignedLong(descriptor.cid()));
        data.put("parent-cid", Integer.toUnsignedLong(descriptor.parentCid()));
        data.put("create-type", descriptor.createType());
        List<Map<String, Object>> extents = new ArrayList<>();
        for (ExtentLine line : descriptor.extents()) {
            Map<String, Object> extent = new LinkedHashMap<>();
            extent.put("virtual-size", line.length());
            extent.put("format", line.type().name());
            if (header != null) {
                extent.put("filename", storage.name());
                extent.put("cluster-size", header.grainSize());
                if (header.compressed()) {
                    extent.put("compressed", true);
                }
            } else if (line.fileName() != null) {
                extent.put("filename", line.fileName());
            }
            extents.add(extent);
        }
        data.put("extents", extents);
        return new ImageInfo(
                VmdkFormat.NAME,
                descriptor.size(),
                header == null ? 0 : header.grainSize(),
                descriptor.hasParent() ? descriptor.parentHint() : null,
                descriptor.hasParent() ? VmdkFormat.NAME : null,
                header != null && header.unclean(),
                false,
                data);
    }
}
