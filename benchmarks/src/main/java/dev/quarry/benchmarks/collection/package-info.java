/** How collecting and verifying grow with the chunks of a store. */
@NullMarked
package dev.quarry.benchmarks.collection;

import org.jspecify.annotations.NullMarked;
