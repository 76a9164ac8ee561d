/** Benchmarks of the formats: mapping and reading disks of each. */
@NullMarked
package dev.quarry.benchmarks.format;

import org.jspecify.annotations.NullMarked;
