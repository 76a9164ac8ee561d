/** Tests of what measures. */
@NullMarked
package dev.quarry.benchmarks.demo;

import org.jspecify.annotations.NullMarked;
