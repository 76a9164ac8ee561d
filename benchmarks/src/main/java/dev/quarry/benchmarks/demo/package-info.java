/**
 * The demo: {@link dev.quarry.benchmarks.demo.Demo} runs the main job once on small disks, or on a
 * user's own, and compares what comes out with what went in.
 */
@NullMarked
package dev.quarry.benchmarks.demo;

import org.jspecify.annotations.NullMarked;
