/** Benchmarks of {@link dev.quarry.chunk}: zero detection, hashing and codecs. */
@NullMarked
package dev.quarry.benchmarks.chunk;

import org.jspecify.annotations.NullMarked;
