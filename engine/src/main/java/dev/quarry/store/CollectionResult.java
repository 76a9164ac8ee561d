package dev.quarry.store;

/**
 * What a collection did, or would do.
 *
 * @param packs that the store had
 * @param packBytes of them
 * @param deletedPacks that were deleted
 * @param deletedBytes of them
 * @param trimmedPacks that stay, without what nothing needs of them
 * @param trimmedBytes that they take less
 * @param writtenBytes of packs that what is needed of the deleted ones was copied to
 * @param keptPacks that were to go and stay, because something in them that is needed is damaged
 * @param deletedBases disks that overlays stood on
 * @param baseBytes that these took
 */
public record CollectionResult(
        long packs,
        long packBytes,
        long deletedPacks,
        long deletedBytes,
        long trimmedPacks,
        long trimmedBytes,
        long writtenBytes,
        long keptPacks,
        long deletedBases,
        long baseBytes) {

    /** The same with bases. */
    public CollectionResult withBases(long bases, long bytes) {
        return new CollectionResult(
                packs,
                packBytes,
                deletedPacks,
                deletedBytes,
                trimmedPacks,
                trimmedBytes,
                writtenBytes,
                keptPacks,
                bases,
                bytes);
    }

    /** Bytes that the store takes less. */
    public long freedBytes() {
        return deletedBytes + trimmedBytes - writtenBytes + baseBytes;
    }
}
