/** Benchmarks of {@link dev.quarry.snapshot}: cutting disks into trees, and rebuilding them. */
@NullMarked
package dev.quarry.benchmarks.snapshot;

import org.jspecify.annotations.NullMarked;
