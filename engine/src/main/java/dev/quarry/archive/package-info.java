/**
 * One file that carries disks and their description from store to store: {@link
 * dev.quarry.archive.ArchiveWriter} and {@link dev.quarry.archive.ArchiveReader}, both in one pass.
 * May depend on block, chunk, image, job and storage. The format is in {@code archive-format.md}.
 */
@NullMarked
package dev.quarry.archive;

import org.jspecify.annotations.NullMarked;
