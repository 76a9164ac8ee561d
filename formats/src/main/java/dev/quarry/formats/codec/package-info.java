/**
 * What the formats share: decoding the compressed unit of an image (a cluster, a grain). The main
 * type is {@link dev.quarry.formats.codec.UnitReader}, which reads any part of a unit; a {@link
 * dev.quarry.formats.codec.Decoder} knows one compression. Depends on the engine's {@code image}
 * and {@code storage}, the JDK's inflate and zstd-jni.
 */
@NullMarked
package dev.quarry.formats.codec;

import org.jspecify.annotations.NullMarked;
