package dev.quarry;

import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;

import org.jspecify.annotations.Nullable;

/**
 * What a transfer between stores came to.
 *
 * @param image in the target, or null where a snapshot was transferred
 * @param snapshot in the target, or null where an image was transferred
 * @param newBytes plain bytes that the target did not have
 * @param storedBytes that its packs grew by
 * @param wasRecut whether the stores cut or name chunks differently, so that disks were read whole
 *     and cut anew
 */
public record TransferResult(
        @Nullable MachineImage image,
        @Nullable Snapshot snapshot,
        long newBytes,
        long storedBytes,
        boolean wasRecut) {}
