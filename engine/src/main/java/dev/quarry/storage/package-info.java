/**
 * The host side: the only code that opens files, maps memory and calls the operating system. The
 * main types are {@link dev.quarry.storage.Storage}, which is read, and {@link
 * dev.quarry.storage.OutputFile}, which is written. Every number called {@code position} is a host
 * byte. Depends on the JDK alone.
 */
@NullMarked
package dev.quarry.storage;

import org.jspecify.annotations.NullMarked;
