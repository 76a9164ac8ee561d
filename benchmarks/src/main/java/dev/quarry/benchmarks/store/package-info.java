/** Benchmarks of {@link dev.quarry.store}: index look-up and appending to packs. */
@NullMarked
package dev.quarry.benchmarks.store;

import org.jspecify.annotations.NullMarked;
