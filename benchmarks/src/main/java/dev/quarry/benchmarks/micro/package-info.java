/**
 * What the JMH benchmarks have in common: the content they work on, and the {@link
 * dev.quarry.benchmarks.micro.Yardstick} that each sets beside itself. {@link
 * dev.quarry.benchmarks.micro.MicroBenchmarks} runs them. The benchmarks are in a package for each
 * package of the engine.
 *
 * <p>A figure in bytes per second says as much of the machine as of the program. So each fork also
 * measures what the machine can do, with the same content and right after each iteration, and every
 * figure is printed as a part of that limit.
 */
@NullMarked
package dev.quarry.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
