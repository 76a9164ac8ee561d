/** Tests of what measures. */
@NullMarked
package dev.quarry.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
