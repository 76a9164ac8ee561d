/**
 * What can be done with an image file besides reading it and converting it: listing where its bytes
 * are, comparing two, changing one in place. {@link dev.quarry.DiskImages} offers all of it.
 * Depends on {@code block}, {@code image}, {@code storage} and {@code job}.
 */
@NullMarked
package dev.quarry.operation;

import org.jspecify.annotations.NullMarked;
