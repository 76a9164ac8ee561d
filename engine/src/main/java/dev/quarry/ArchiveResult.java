package dev.quarry;

import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What was taken out of an archive.
 *
 * @param image that was registered, or null where the archive is of a snapshot
 * @param snapshots that were registered
 * @param newBytes plain bytes that the store did not have
 */
public record ArchiveResult(
        @Nullable MachineImage image, List<Snapshot> snapshots, long newBytes) {}
