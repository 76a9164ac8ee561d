package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ForeignText;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * What the first cluster of a qcow2 file says, checked. Positions and sizes are host bytes, {@code
 * size} guest bytes.
 *
 * @param version 2 or 3
 * @param clusterBits a cluster has {@code 1 << clusterBits} bytes
 * @param size the disk's size; not always a whole number of sectors
 * @param cryptMethod 0 if not encrypted
 * @param l1Entries entries that the L1 table has; at least what the size needs
 * @param refcountOrder a reference count has {@code 1 << refcountOrder} bits
 * @param compressionType 0 deflate, 1 zstd
 * @param backingFile name of the backing file as it stands there, or null
 * @param backingFormat the format named for it, or null
 * @param dataFile name of the external data file, or null
 */
record Qcow2Header(
        int version,
        int clusterBits,
        long size,
        int cryptMethod,
        int l1Entries,
        long l1Position,
        long refcountTablePosition,
        int refcountTableClusters,
        int snapshots,
        long snapshotsPosition,
        long incompatible,
        long compatible,
        long autoclear,
        int refcountOrder,
        int headerLength,
        int compressionType,
        @Nullable String backingFile,
        @Nullable String backingFormat,
        @Nullable String dataFile) {

    int clusterSize() {
        return 1 << clusterBits;
    }

    boolean has(long incompatibleBit) {
        return (incompatible & incompatibleBit) != 0;
    }

    /**
     * The header as it would be if another L1 table were the active one.
     *
     * @param diskSize guest bytes
     * @param entries of the table
     * @param position host byte of the table
     */
    Qcow2Header withActive(long diskSize, int entries, long position) {
        return new Qcow2Header(
                version,
                clusterBits,
                diskSize,
                cryptMethod,
                entries,
                position,
                refcountTablePosition,
                refcountTableClusters,
                snapshots,
                snapshotsPosition,
                incompatible,
                compatible,
                autoclear,
                refcountOrder,
                headerLength,
                compressionType,
                backingFile,
                backingFormat,
                dataFile);
    }

    int l2EntryBytes() {
        return has(INCOMPATIBLE_EXTENDED_L2) ? L2_ENTRY_BYTES_EXTENDED : L2_ENTRY_BYTES;
    }

    /** Guest bytes under one L2 table. */
    long l2Coverage() {
        return ((long) clusterSize() / l2EntryBytes()) << clusterBits;
    }

    /** L1 entries that the size needs. */
    long l1EntriesNeeded() {
        return Math.ceilDiv(size, l2Coverage());
    }

    /**
     * Reads magic, version and cluster size, to learn how much of the file {@link #parse} wants.
     *
     * @param head the first {@link Qcow2Layout#HEADER_LENGTH_V2} bytes
     * @return bytes of the first cluster
     */
    static int firstClusterBytes(MemorySegment head, String resource) throws ImageException {
        if (head.byteSize() < HEADER_LENGTH_V2) {
            throw new ImageException(
                    Kind.FOREIGN,
                    resource,
                    -1,
                    "0x"
                            + Long.toHexString(head.byteSize())
                            + " bytes cannot hold a qcow2 header of 0x48");
        }
        int magic = head.get(INT, MAGIC_POSITION);
        if (magic != MAGIC) {
            throw new ImageException(
                    Kind.FOREIGN,
                    resource,
                    MAGIC_POSITION,
                    "no qcow2 image: magic 0x" + Integer.toHexString(magic));
        }
        int version = head.get(INT, VERSION_POSITION);
        if (version != 2 && version != 3) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    resource,
                    VERSION_POSITION,
                    "qcow2 version " + Integer.toUnsignedString(version) + " is neither 2 nor 3");
        }
        int bits = head.get(INT, CLUSTER_BITS_POSITION);
        if (bits < CLUSTER_BITS_MIN || bits > CLUSTER_BITS_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    resource,
                    CLUSTER_BITS_POSITION,
                    "cluster bits "
                            + Integer.toUnsignedString(bits)
                            + " are not within "
                            + CLUSTER_BITS_MIN
                            + " to "
                            + CLUSTER_BITS_MAX);
        }
        return 1 << bits;
    }

    /**
     * Parses and checks the header.
     *
     * @param cluster the first cluster, or the whole file if that is smaller
     * @param resource ends messages
     * @throws ImageException naming the first rule that is broken
     */
    static Qcow2Header parse(MemorySegment cluster, String resource) throws ImageException {
        firstClusterBytes(cluster, resource);
        return new Qcow2HeaderParser(cluster, resource).parse();
    }

    /**
     * A string of the file that is not trusted, fit for a message: what is not a plain character is
     * replaced.
     */
    static String printable(MemorySegment bytes) {
        String text = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        return ForeignText.printable(end < 0 ? text : text.substring(0, end));
    }
}
