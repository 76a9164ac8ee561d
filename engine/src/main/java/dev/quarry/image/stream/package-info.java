/**
 * Images that come through a pipe: read once, from the first byte to the last, with no copy on
 * disk. The main type is {@link dev.quarry.image.stream.ImageStreams}, which finds out what comes;
 * {@link dev.quarry.image.stream.ForwardInput} is the bytes, {@link
 * dev.quarry.image.stream.Compression} decompresses them. Depends on {@code block}, {@code storage}
 * and {@code image}, zstd-jni and XZ for Java.
 */
@NullMarked
package dev.quarry.image.stream;

import org.jspecify.annotations.NullMarked;
