@NullMarked
package dev.quarry.benchmarks.page;

import org.jspecify.annotations.NullMarked;
