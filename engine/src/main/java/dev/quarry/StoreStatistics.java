package dev.quarry;

import dev.quarry.snapshot.UsageCounter;

import java.util.List;

/**
 * What a store holds.
 *
 * @param images what each image takes; by image id
 * @param snapshots what the snapshots take that no image maps; by snapshot id
 * @param logicalBytes sizes of all disks
 * @param packs files of chunks and nodes
 * @param packBytes their sizes
 */
public record StoreStatistics(
        List<UsageCounter.Usage> images,
        List<UsageCounter.Usage> snapshots,
        long logicalBytes,
        long packs,
        long packBytes) {}
