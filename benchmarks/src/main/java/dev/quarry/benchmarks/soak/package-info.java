/**
 * Uses a store with several processes at once, kills some of them, and compares what is there with
 * a model.
 */
@NullMarked
package dev.quarry.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
