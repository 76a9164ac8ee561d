/** Measures what a store's compression costs and saves on given images. */
@NullMarked
package dev.quarry.benchmarks.compression;

import org.jspecify.annotations.NullMarked;
