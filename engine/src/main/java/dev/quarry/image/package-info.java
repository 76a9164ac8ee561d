/**
 * What a disk image format is. {@link dev.quarry.image.ImageFormat} is implemented once for each
 * format and found by {@link dev.quarry.image.ImageFormats}; {@link dev.quarry.image.DiskImage} is
 * an image opened for reading, whose {@link dev.quarry.image.Mapping} is the primitive that reading
 * follows; {@link dev.quarry.image.ReferenceGate} decides what an image may refer to. Depends on
 * {@code block}, {@code storage} and {@code job}.
 */
@NullMarked
package dev.quarry.image;

import org.jspecify.annotations.NullMarked;
