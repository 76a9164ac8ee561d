@NullMarked
package dev.quarry.benchmarks.index;

import org.jspecify.annotations.NullMarked;
