/** Tests of what measures. */
@NullMarked
package dev.quarry.benchmarks.process;

import org.jspecify.annotations.NullMarked;
