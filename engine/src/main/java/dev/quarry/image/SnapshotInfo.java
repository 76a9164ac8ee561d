package dev.quarry.image;

import java.util.List;

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
        long diskBytes) {

    /**
     * The snapshot that a user means: an id goes before a name.
     *
     * @param resource ends the message
     * @throws ImageException of kind REFERENCE_MISSING if there is none
     */
    public static SnapshotInfo find(List<SnapshotInfo> all, String idOrName, String resource)
            throws ImageException {
        return all.stream()
                .filter(each -> each.id().equals(idOrName))
                .findFirst()
                .or(() -> all.stream().filter(each -> each.name().equals(idOrName)).findFirst())
                .orElseThrow(() ->
                        new ImageException(
                                ImageException.Kind.REFERENCE_MISSING,
                                resource,
                                -1,
                                "has no internal snapshot '" + idOrName + "'"));
    }
}
