package dev.quarry.image;

/**
 * What a check found, counted as {@code qemu-img check} counts.
 *
 * @param checkErrors what could not be checked
 * @param corruptions contradictions by which data is lost or may be, without those that were mended
 * @param leaks clusters that are counted as used and belong to nothing, without those that were
 *     mended
 * @param corruptionsFixed that were mended
 * @param leaksFixed that were mended
 * @param imageEnd host byte behind the last that is used, or 0 if the format cannot tell
 * @param totalClusters clusters of the disk, or 0 if the format cannot tell
 * @param allocatedClusters of these, those that have data of their own
 * @param fragmentedClusters of these, those that do not follow the one before
 * @param compressedClusters of the allocated, those that are compressed
 */
public record CheckReport(
        long checkErrors,
        long corruptions,
        long leaks,
        long corruptionsFixed,
        long leaksFixed,
        long imageEnd,
        long totalClusters,
        long allocatedClusters,
        long fragmentedClusters,
        long compressedClusters) {

    /** Whether nothing is wrong any more. */
    public boolean isClean() {
        return checkErrors == 0 && corruptions == 0 && leaks == 0;
    }

    /** A report of a format that counts no clusters. */
    public static CheckReport ofErrors(long checkErrors, long corruptions) {
        return new CheckReport(checkErrors, corruptions, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** This report with what was mended before it. */
    public CheckReport withFixed(long corruptionsBefore, long leaksBefore) {
        return new CheckReport(
                checkErrors,
                corruptions,
                leaks,
                corruptionsBefore,
                leaksBefore,
                imageEnd,
                totalClusters,
                allocatedClusters,
                fragmentedClusters,
                compressedClusters);
    }
}
