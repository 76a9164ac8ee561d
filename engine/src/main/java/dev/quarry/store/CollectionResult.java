package dev.quarry.store;

/**
 * What a collection did, or would do.
 *
 * @param packs that the store had
 * @param packBytes of them
 * @param deletedPacks that were deleted
 * @param deletedBytes of them
 * @param writtenBytes of packs that what is needed of the deleted ones was copied to
 * @param keptPacks that were to go and stay, because something in them that is needed is damaged
 */
public record CollectionResult(
        long packs,
        long packBytes,
        long deletedPacks,
        long deletedBytes,
        long writtenBytes,
        long keptPacks) {

    /** Bytes that the packs take less. */
    public long freedBytes() {
        return deletedBytes - writtenBytes;
    }
}
