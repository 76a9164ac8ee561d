/**
 * Raw images: the disk's bytes and nothing else. The main type is {@link
 * dev.quarry.formats.raw.RawFormat}.
 */
@NullMarked
package dev.quarry.formats.raw;

import org.jspecify.annotations.NullMarked;
