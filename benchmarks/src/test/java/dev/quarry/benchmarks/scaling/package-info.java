@NullMarked
package dev.quarry.benchmarks.scaling;

import org.jspecify.annotations.NullMarked;
