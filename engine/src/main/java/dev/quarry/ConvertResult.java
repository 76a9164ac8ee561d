package dev.quarry;

import dev.quarry.chunk.ContentDigest;
import dev.quarry.image.stream.Compression;

import org.jspecify.annotations.Nullable;

/**
 * What a conversion came to.
 *
 * @param sourceFormat of the source
 * @param compression what the source is compressed with as a whole, or null
 * @param isGuess whether it was taken only because nothing contradicts it: the user must be told
 * @param isDirty whether the source's last writer did not close it: the user must be told
 * @param sourceBytes size of the source's disk
 * @param targetBytes size of the target's disk: larger where the format knows whole sectors only,
 *     and the user must be told
 * @param digest of the source's disk, if it was asked for
 */
public record ConvertResult(
        String sourceFormat,
        @Nullable Compression compression,
        boolean isGuess,
        boolean isDirty,
        long sourceBytes,
        long targetBytes,
        @Nullable ContentDigest digest) {}
