/** A program that embeds the library, and reads what a store has in no order. */
@NullMarked
package dev.quarry.benchmarks.read;

import org.jspecify.annotations.NullMarked;
