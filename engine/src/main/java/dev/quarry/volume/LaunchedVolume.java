package dev.quarry.volume;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * One disk that a launch has written.
 *
 * @param planned what it is
 * @param volumeId its id, or null for an instance-store disk
 * @param base absolute path of the read-only base under an overlay, or null
 * @param isDevice whether it is a block device, not a file
 */
public record LaunchedVolume(
        PlannedVolume planned, @Nullable String volumeId, @Nullable Path base, boolean isDevice) {}
