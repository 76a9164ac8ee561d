package dev.quarry.image;

/**
 * An internal snapshot, as the image describes it: names may hold anything.
 *
 * @param id unique in the image
 * @param name given by its user
 * @param vmStateBytes bytes of the machine's saved state, 0 if there is none
 * @param dateSeconds when it was made, in seconds since 1970
 * @param dateNanos nanoseconds to be added
 * @param vmClockNanos how long the machine had run
 * @param icount instructions that it had run, or -1 if that was not recorded
 * @param diskBytes the disk's size when it was made, or -1 if that was not recorded
 */
public record SnapshotInfo(
        String id,
        String name,
        long vmStateBytes,
        long dateSeconds,
        long dateNanos,
        long vmClockNanos,
        long icount,
        long diskBytes) {}
