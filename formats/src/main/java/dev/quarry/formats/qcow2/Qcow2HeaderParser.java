package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses one header; see {@link Qcow2Header#parse}. Pure: it sees the bytes it is given and nothing
 * else.
 */
final class Qcow2HeaderParser {

    private final MemorySegment bytes;
    private final String resource;
    private final int version;
    private final int clusterSize;

    private @Nullable String backingFormat;
    private @Nullable String dataFile;
    private @Nullable MemorySegment featureNames;

    Qcow2HeaderParser(MemorySegment cluster, String resource) {
        this.bytes = cluster;
        this.resource = resource;
        this.version = cluster.get(INT, VERSION_POSITION);
        this.clusterSize = 1 << cluster.get(INT, CLUSTER_BITS_POSITION);
    }

    Qcow2Header parse() throws ImageException {
        boolean v3 = version >= 3;
        if (v3 && bytes.byteSize() < HEADER_LENGTH_V3_MIN) {
            throw bad(
                    Kind.FOREIGN,
                    -1,
                    "0x"
                            + Long.toHexString(bytes.byteSize())
                            + " bytes cannot hold a version 3 header");
        }
        int headerLength = v3 ? headerLength() : HEADER_LENGTH_V2;
        // Version 2 has no feature fields: whatever stands there is not ours to read.
        long incompatible = v3 ? bytes.get(LONG, INCOMPATIBLE_FEATURES_POSITION) : 0;
        String backingFile = backingFile();
        extensions(
                headerLength,
                backingFile == null ? clusterSize : bytes.get(LONG, BACKING_FILE_OFFSET_POSITION));
        checkFeatures(incompatible);
        Qcow2Header header =
                new Qcow2Header(
                        version,
                        bytes.get(INT, CLUSTER_BITS_POSITION),
                        bytes.get(LONG, SIZE_POSITION),
                        atMost(
                                "encryption method",
                                CRYPT_METHOD_POSITION,
                                CRYPT_LUKS,
                                Kind.UNSUPPORTED),
                        atMost(
                                "L1 entries",
                                L1_SIZE_POSITION,
                                L1_BYTES_MAX / L1_ENTRY_BYTES,
                                Kind.LIMIT),
                        aligned("L1 table", L1_TABLE_OFFSET_POSITION),
                        aligned("refcount table", REFCOUNT_TABLE_OFFSET_POSITION),
                        refcountTableClusters(),
                        atMost("snapshots", SNAPSHOT_COUNT_POSITION, SNAPSHOTS_MAX, Kind.LIMIT),
                        aligned("snapshot table", SNAPSHOTS_OFFSET_POSITION),
                        incompatible,
                        v3 ? bytes.get(LONG, COMPATIBLE_FEATURES_POSITION) : 0,
                        v3 ? bytes.get(LONG, AUTOCLEAR_FEATURES_POSITION) : 0,
                        v3
                                ? atMost(
                                        "refcount order",
                                        REFCOUNT_ORDER_POSITION,
                                        REFCOUNT_ORDER_MAX,
                                        Kind.LIMIT)
                                : REFCOUNT_ORDER_DEFAULT,
                        headerLength,
                        compressionType(headerLength, incompatible),
                        backingFile,
                        backingFile == null ? null : backingFormat,
                        dataFile);
        checkSize(header);
        return header;
    }

    private int headerLength() throws ImageException {
        int length = bytes.get(INT, HEADER_LENGTH_POSITION);
        // Not always a multiple of 8, though the specification asks for it: qemu opens such images.
        if (length < HEADER_LENGTH_V3_MIN || length > clusterSize) {
            throw bad(
                    Kind.CORRUPT,
                    HEADER_LENGTH_POSITION,
                    "header length 0x"
                            + Integer.toHexString(length)
                            + " is not within 0x68 and the cluster of 0x"
                            + Integer.toHexString(clusterSize));
        }
        return length;
    }

    private @Nullable String backingFile() throws ImageException {
        long position = bytes.get(LONG, BACKING_FILE_OFFSET_POSITION);
        int length = bytes.get(INT, BACKING_FILE_SIZE_POSITION);
        if (position == 0) {
            return null;
        }
        if (length < 0 || length > BACKING_FILE_NAME_BYTES_MAX) {
            throw bad(
                    Kind.LIMIT,
                    BACKING_FILE_SIZE_POSITION,
                    "backing file name of 0x"
                            + Integer.toHexString(length)
                            + " bytes exceeds "
                            + BACKING_FILE_NAME_BYTES_MAX);
        }
        if (position < 0 || position > clusterSize - length) {
            throw bad(
                    Kind.CORRUPT,
                    BACKING_FILE_OFFSET_POSITION,
                    "backing file name at 0x"
                            + Long.toHexString(position)
                            + " is not within the first cluster");
        }
        return length == 0 ? null : text(position, length, "backing file name");
    }

    private String text(long position, int length, String what) throws ImageException {
        if (position + length > bytes.byteSize()) {
            throw bad(Kind.TRUNCATED, position, "the " + what + " lies past the end of the file");
        }
        return new String(
                bytes.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
    }

    /** Reads the extensions that matter and steps over the others, up to {@code end}. */
    private void extensions(long start, long end) throws ImageException {
        long position = start;
        long limit = Math.min(end, bytes.byteSize());
        while (position + EXTENSION_HEADER_BYTES <= limit) {
            int type = bytes.get(INT, position);
            if (type == EXTENSION_END) {
                return;
            }
            long length = Integer.toUnsignedLong(bytes.get(INT, position + Integer.BYTES));
            long data = position + EXTENSION_HEADER_BYTES;
            if (length > limit - data) {
                if (version == 2) {
                    return; // Version 2 images exist with anything behind their header; qemu's
                    // first ones wrote no end mark.
                }
                throw bad(
                        Kind.CORRUPT,
                        position,
                        "header extension 0x"
                                + Integer.toHexString(type)
                                + " of 0x"
                                + Long.toHexString(length)
                                + " bytes leaves the header area, which ends at 0x"
                                + Long.toHexString(limit));
            }
            extension(type, data, (int) length);
            position = data + Math.ceilDiv(length, EXTENSION_ALIGNMENT) * EXTENSION_ALIGNMENT;
        }
    }

    private void extension(int type, long data, int length) throws ImageException {
        switch (type) {
            case EXTENSION_BACKING_FORMAT -> {
                if (length > BACKING_FORMAT_BYTES_MAX) {
                    throw bad(
                            Kind.LIMIT,
                            data,
                            "backing format name of 0x"
                                    + Integer.toHexString(length)
                                    + " bytes exceeds "
                                    + BACKING_FORMAT_BYTES_MAX);
                }
                backingFormat = text(data, length, "backing format");
            }
            case EXTENSION_DATA_FILE -> {
                if (length > BACKING_FILE_NAME_BYTES_MAX) {
                    throw bad(
                            Kind.LIMIT,
                            data,
                            "data file name of 0x"
                                    + Integer.toHexString(length)
                                    + " bytes exceeds "
                                    + BACKING_FILE_NAME_BYTES_MAX);
                }
                dataFile = text(data, length, "data file name");
            }
            case EXTENSION_FEATURE_NAMES -> featureNames = bytes.asSlice(data, length);
            default -> {
                // Unknown extensions are to be ignored; bitmaps and encryption headers do not
                // matter to a reader.
            }
        }
    }

    private void checkFeatures(long incompatible) throws ImageException {
        long unknown = incompatible & ~INCOMPATIBLE_KNOWN;
        if (unknown != 0) {
            List<String> names = new ArrayList<>();
            for (int bit = 0; bit < Long.SIZE; bit++) {
                if ((unknown >>> bit & 1) != 0) {
                    names.add(bit + featureName(bit));
                }
            }
            throw bad(
                    Kind.UNSUPPORTED,
                    INCOMPATIBLE_FEATURES_POSITION,
                    "unknown incompatible feature bits " + String.join(", ", names));
        }
        boolean extended = (incompatible & INCOMPATIBLE_EXTENDED_L2) != 0;
        if (extended && clusterSize < 1 << CLUSTER_BITS_MIN_EXTENDED) {
            throw bad(
                    Kind.CORRUPT,
                    CLUSTER_BITS_POSITION,
                    "extended L2 entries need clusters of at least 0x4000 bytes, not 0x"
                            + Integer.toHexString(clusterSize));
        }
        boolean external = (incompatible & INCOMPATIBLE_DATA_FILE) != 0;
        if (external && (dataFile == null || dataFile.isEmpty())) {
            throw bad(
                    Kind.CORRUPT,
                    INCOMPATIBLE_FEATURES_POSITION,
                    "an external data file is used, and the header does not name it");
        }
        if (!external) {
            dataFile = null;
        }
    }

    /**
     * What the image calls a feature: text that anybody may have written, so only for a message.
     */
    private String featureName(int bit) {
        MemorySegment names = featureNames;
        for (long at = 0;
                names != null && at + FEATURE_NAME_BYTES <= names.byteSize();
                at += FEATURE_NAME_BYTES) {
            if (names.get(ValueLayout.JAVA_BYTE, at) == 0
                    && names.get(ValueLayout.JAVA_BYTE, at + 1) == bit) {
                MemorySegment name =
                        names.asSlice(
                                at + FEATURE_NAME_POSITION,
                                FEATURE_NAME_BYTES - FEATURE_NAME_POSITION);
                return " ('" + Qcow2Header.printable(name) + "')";
            }
        }
        return "";
    }

    private int compressionType(int headerLength, long incompatible) throws ImageException {
        int type =
                headerLength > COMPRESSION_TYPE_POSITION
                                && COMPRESSION_TYPE_POSITION < bytes.byteSize()
                        ? Byte.toUnsignedInt(
                                bytes.get(ValueLayout.JAVA_BYTE, COMPRESSION_TYPE_POSITION))
                        : COMPRESSION_ZLIB;
        if (version == 2) {
            return COMPRESSION_ZLIB;
        }
        if (type > COMPRESSION_ZSTD) {
            throw bad(
                    Kind.UNSUPPORTED,
                    COMPRESSION_TYPE_POSITION,
                    "compression type " + type + " is neither 0 (deflate) nor 1 (zstd)");
        }
        if ((type != COMPRESSION_ZLIB) != ((incompatible & INCOMPATIBLE_COMPRESSION_TYPE) != 0)) {
            throw bad(
                    Kind.CORRUPT,
                    COMPRESSION_TYPE_POSITION,
                    "compression type " + type + " contradicts bit 3 of the incompatible features");
        }
        return type;
    }

    private int refcountTableClusters() throws ImageException {
        int clusters = bytes.get(INT, REFCOUNT_TABLE_CLUSTERS_POSITION);
        if (clusters == 0) {
            throw bad(
                    Kind.CORRUPT,
                    REFCOUNT_TABLE_CLUSTERS_POSITION,
                    "the refcount table has no clusters");
        }
        return atMost(
                "refcount table clusters",
                REFCOUNT_TABLE_CLUSTERS_POSITION,
                REFCOUNT_TABLE_BYTES_MAX / clusterSize,
                Kind.LIMIT);
    }

    private void checkSize(Qcow2Header header) throws ImageException {
        if (header.size() < 0) {
            throw bad(
                    Kind.LIMIT,
                    SIZE_POSITION,
                    "disk size 0x"
                            + Long.toHexString(header.size())
                            + " exceeds 0x7fffffffffffffff");
        }
        long needed = header.l1EntriesNeeded();
        if (header.l1Entries() < needed) {
            throw bad(
                    Kind.CORRUPT,
                    L1_SIZE_POSITION,
                    "0x"
                            + Integer.toHexString(header.l1Entries())
                            + " L1 entries are too few for a disk of 0x"
                            + Long.toHexString(header.size())
                            + " bytes, which needs 0x"
                            + Long.toHexString(needed));
        }
        if (needed > 0 && header.l1Position() == 0) {
            throw bad(Kind.CORRUPT, L1_TABLE_OFFSET_POSITION, "the L1 table overlaps the header");
        }
    }

    private int atMost(String what, int position, int limit, Kind kind) throws ImageException {
        int value = bytes.get(INT, position);
        if (Integer.compareUnsigned(value, limit) > 0) {
            throw bad(
                    kind,
                    position,
                    what
                            + " 0x"
                            + Integer.toHexString(value)
                            + " exceed 0x"
                            + Integer.toHexString(limit));
        }
        return value;
    }

    private long aligned(String what, int position) throws ImageException {
        long value = bytes.get(LONG, position);
        if (value < 0 || (value & clusterSize - 1) != 0) {
            throw bad(
                    Kind.CORRUPT,
                    position,
                    "the "
                            + what
                            + " at 0x"
                            + Long.toHexString(value)
                            + " is not on a cluster of 0x"
                            + Integer.toHexString(clusterSize)
                            + " bytes");
        }
        return value;
    }

    private ImageException bad(Kind kind, long position, String reason) {
        return new ImageException(kind, resource, position, reason);
    }
}
