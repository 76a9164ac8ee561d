/**
 * How guest bytes become chunks: the {@link dev.quarry.chunk.Grid} of blocks and pages, the {@link
 * dev.quarry.chunk.BlockHasher}, the {@link dev.quarry.chunk.Cutter} that ends a chunk, the {@link
 * dev.quarry.chunk.ContentDigest} of a disk, and the {@link dev.quarry.chunk.Codec} of a frame.
 * Depends on {@code block}, {@code hash} and {@code job}, zstd-jni and lz4-java.
 */
@NullMarked
package dev.quarry.chunk;

import org.jspecify.annotations.NullMarked;
