/** Recorded results as one page of HTML that needs nothing else. */
@NullMarked
package dev.quarry.benchmarks.page;

import org.jspecify.annotations.NullMarked;
