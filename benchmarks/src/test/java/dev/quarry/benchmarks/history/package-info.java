@NullMarked
package dev.quarry.benchmarks.history;

import org.jspecify.annotations.NullMarked;
