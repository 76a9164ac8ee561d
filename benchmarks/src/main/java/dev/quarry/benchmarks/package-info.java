/**
 * Benchmarks and the demo: {@link dev.quarry.benchmarks.Main} starts both.
 *
 * <p>JMH benchmarks live in one package per engine package. May depend on everything else in the
 * project.
 */
@NullMarked
package dev.quarry.benchmarks;

import org.jspecify.annotations.NullMarked;
