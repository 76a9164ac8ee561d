package dev.quarry;

import dev.quarry.snapshot.UsageCounter;

import java.util.List;

/**
 * What a store holds of what an account may see. What others have counts where it is said what is
 * shared and what is exclusive.
 *
 * @param images what each image takes with its snapshots; exclusive is what no other image, and no
 *     snapshot that the image does not map, refers to
 * @param snapshots what each snapshot takes; exclusive is what no other snapshot refers to
 * @param logicalBytes sizes of the snapshots' disks
 * @param packs files of chunks and nodes, of all accounts
 * @param packBytes their sizes
 */
public record StoreStatistics(
        List<UsageCounter.Usage> images,
        List<UsageCounter.Usage> snapshots,
        long logicalBytes,
        long packs,
        long packBytes) {}
