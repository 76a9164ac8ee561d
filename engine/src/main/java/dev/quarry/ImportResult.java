package dev.quarry;

import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.image.stream.Compression;
import dev.quarry.snapshot.SnapshotWriter;

import org.jspecify.annotations.Nullable;

/**
 * What an import came to.
 *
 * @param snapshot the new snapshot
 * @param image the image that was registered, or null
 * @param format of the file
 * @param compression what the file is compressed with as a whole, or null
 * @param isGuess whether the format was taken only because nothing contradicts it: the user must be
 *     told
 * @param isDirty whether the file's last writer did not close it: the user must be told
 * @param content what was read and stored
 */
public record ImportResult(
        Snapshot snapshot,
        @Nullable MachineImage image,
        String format,
        @Nullable Compression compression,
        boolean isGuess,
        boolean isDirty,
        SnapshotWriter.Result content) {}
