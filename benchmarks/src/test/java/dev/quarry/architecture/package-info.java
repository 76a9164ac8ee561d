/** Holds the project to its own shape: {@link dev.quarry.architecture.ArchitectureTest}. */
@NullMarked
package dev.quarry.architecture;

import org.jspecify.annotations.NullMarked;
