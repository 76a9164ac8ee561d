/** Starts a guest on launched volumes: what reads them is neither Quarry nor another image tool. */
@NullMarked
package dev.quarry.benchmarks.boot;

import org.jspecify.annotations.NullMarked;
