package dev.quarry.catalog.rule;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.chunk.BlockHasher;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.Collection;

/** What the block API takes (4.11.1, 4.11.2). Numbers are EC2's. */
public final class BlockRules {

    public static final int BLOCK_BYTES = 512 << 10;
    public static final int VOLUME_GIB_MIN = 1;
    public static final int VOLUME_GIB_MAX = 65_536;
    public static final int TIMEOUT_MINUTES_MIN = 10;
    public static final int TIMEOUT_MINUTES_MAX = 4320;
    public static final int TIMEOUT_MINUTES_DEFAULT = 60;
    public static final int RESULTS_MIN = 100;
    public static final int RESULTS_MAX = 10_000;

    private BlockRules() {}

    /** Rule 4.11.1 for what a snapshot begins with. */
    public static void checkStart(
            int volumeGib,
            @Nullable String parentId,
            @Nullable Boolean encrypted,
            @Nullable String kmsKeyId,
            int timeoutMinutes)
            throws CatalogException {
        between("VolumeSize", volumeGib, VOLUME_GIB_MIN, VOLUME_GIB_MAX, "GiB");
        between("Timeout", timeoutMinutes, TIMEOUT_MINUTES_MIN, TIMEOUT_MINUTES_MAX, "minutes");
        EncryptionRules.checkKey(kmsKeyId);
        if (parentId != null && (encrypted != null || kmsKeyId != null)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "a parent snapshot and Encrypted exclude one another: a child is as its"
                            + " parent");
        }
        if (kmsKeyId != null && !Boolean.TRUE.equals(encrypted)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION, "KmsKeyId without Encrypted=true");
        }
    }

    /** Rule 4.11.1: a child is at least as large as its parent. */
    public static void checkParentSize(int volumeGib, int parentGib) throws CatalogException {
        if (volumeGib < parentGib) {
            throw invalid(
                    "VolumeSize "
                            + volumeGib
                            + " GiB is less than that of the parent snapshot, "
                            + parentGib);
        }
    }

    /** Blocks that a page may have (4.11.2). */
    public static int checkResults(@Nullable Integer maxResults) throws CatalogException {
        int most = maxResults == null ? RESULTS_MAX : maxResults;
        between("MaxResults", most, RESULTS_MIN, RESULTS_MAX, "blocks");
        return most;
    }

    /** A block's number, in a volume of so many bytes. */
    public static void checkIndex(long index, long volumeBytes) throws CatalogException {
        long end = blocks(volumeBytes);
        if (index < 0 || index >= end) {
            throw invalid("block index " + index + " is not 0 to " + (end - 1));
        }
    }

    /** Rule 4.11.1 for a block; its length is exact, and its digest mandatory. */
    public static void checkBlock(byte[] data, @Nullable String checksum) throws CatalogException {
        if (data.length != BLOCK_BYTES) {
            throw invalid("a block of " + data.length + " bytes, not " + BLOCK_BYTES);
        }
        if (checksum == null) {
            throw new CatalogException(
                    ErrorCode.MISSING_PARAMETER, "a block needs its checksum (SHA256, base64)");
        }
        if (!checksum.equals(checksum(data))) {
            throw invalid("the block's SHA256 is " + checksum(data) + ", not " + checksum);
        }
    }

    /** Rule 4.11.1 for what completes a snapshot. */
    public static void checkComplete(long changedBlocks, long present) throws CatalogException {
        if (changedBlocks != present) {
            throw invalid(
                    "ChangedBlocksCount "
                            + changedBlocks
                            + " is not the number of blocks that were put, "
                            + present);
        }
    }

    /** Rule 4.11.1: SHA256 over the blocks' digests in the order of their indexes (LINEAR). */
    public static void checkAggregate(@Nullable String checksum, Collection<byte[]> digests)
            throws CatalogException {
        if (checksum == null) {
            return;
        }
        MessageDigest all = BlockHasher.sha256();
        digests.forEach(all::update);
        String actual = Base64.getEncoder().encodeToString(all.digest());
        if (!actual.equals(checksum)) {
            throw invalid("the blocks' aggregated SHA256 is " + actual + ", not " + checksum);
        }
    }

    /** A block's checksum, in base64. */
    public static String checksum(byte[] data) {
        return Base64.getEncoder().encodeToString(digest(data));
    }

    /** A block's SHA256. */
    public static byte[] digest(byte[] data) {
        return BlockHasher.sha256().digest(data);
    }

    /** Blocks of a volume of so many bytes. */
    public static long blocks(long volumeBytes) {
        return Math.ceilDiv(volumeBytes, BLOCK_BYTES);
    }

    private static void between(String field, int value, int least, int most, String unit)
            throws CatalogException {
        if (value < least || value > most) {
            throw invalid(field + " " + value + " is not " + least + " to " + most + " " + unit);
        }
    }

    private static CatalogException invalid(String reason) {
        return new CatalogException(ErrorCode.INVALID_PARAMETER_VALUE, reason);
    }
}
