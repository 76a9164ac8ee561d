/** Recorded results: reading them, and saying what differs between two of them. */
@NullMarked
package dev.quarry.benchmarks.history;

import org.jspecify.annotations.NullMarked;
