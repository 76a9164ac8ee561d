/** How time and memory grow with what a user brings: sizes, data, images, chunk sizes, threads. */
@NullMarked
package dev.quarry.benchmarks.scaling;

import org.jspecify.annotations.NullMarked;
