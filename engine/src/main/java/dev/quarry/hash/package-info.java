/** Digests of bytes, where they are. */
@NullMarked
package dev.quarry.hash;

import org.jspecify.annotations.NullMarked;
