/** Tests across formats, and what the tests of each format share. */
@NullMarked
package dev.quarry.formats;

import org.jspecify.annotations.NullMarked;
