/**
 * The content of a volume as a tree of chunk references. {@link dev.quarry.snapshot.SnapshotWriter}
 * cuts a disk into a store and gives the tree's root; {@link dev.quarry.snapshot.SnapshotReader}
 * rebuilds the disk from it. Depends on {@code block}, {@code chunk}, {@code job} and {@code
 * store}. The layouts are in {@code engine/docs/store-format.md}.
 */
@NullMarked
package dev.quarry.snapshot;

import org.jspecify.annotations.NullMarked;
