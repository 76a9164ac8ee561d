package dev.quarry.snapshot;

/**
 * Guest bytes of a snapshot that the store does not have any more.
 *
 * @param offset of the first of them
 * @param length in bytes
 */
public record LostRange(long offset, long length) {}
