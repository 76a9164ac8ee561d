/** Compares the store's index with key-value stores, at sizes that no import here reaches. */
@NullMarked
package dev.quarry.benchmarks.index;

import org.jspecify.annotations.NullMarked;
