package dev.quarry.image;

/**
 * What an image takes on its host.
 *
 * @param required bytes at most when it holds what was measured
 * @param fullyAllocated bytes when every cluster of the disk is written
 */
public record MeasuredSize(long required, long fullyAllocated) {}
