package dev.quarry;

/**
 * What importing images would add to a store. All but the last are exact, if nobody else changes
 * the store meanwhile.
 *
 * @param diskBytes sizes of the disks
 * @param dataBytes of these that are not zeros
 * @param chunks that the store does not have
 * @param chunkBytes of these, plain
 * @param nodes of trees that the store does not have
 * @param newBytes plain bytes of both: what the imports would report together
 * @param storedBytes that the packs would take: compressed for this, and still an estimate, because
 *     which chunks share a frame depends on the threads
 */
public record StoreAddition(
        long diskBytes,
        long dataBytes,
        long chunks,
        long chunkBytes,
        long nodes,
        long newBytes,
        long storedBytes) {}
