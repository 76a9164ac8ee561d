/**
 * Chunks and small documents, kept durably. {@link dev.quarry.store.BlobStore} is the seam between
 * one machine and many; everything above it is written once. {@link dev.quarry.store.ChunkStore}
 * keeps chunks in packs on top of it. Depends on {@code chunk}, {@code job} and {@code storage}.
 * The byte formats are in {@code engine/docs/store-format.md}.
 */
@NullMarked
package dev.quarry.store;

import org.jspecify.annotations.NullMarked;
