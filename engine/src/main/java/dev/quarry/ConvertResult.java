package dev.quarry;

/**
 * What a conversion came to.
 *
 * @param sourceFormat of the source
 * @param isGuess whether it was taken only because nothing contradicts it: the user must be told
 * @param sourceBytes size of the source's disk
 * @param targetBytes size of the target's disk: larger where the format knows whole sectors only,
 *     and the user must be told
 */
public record ConvertResult(
        String sourceFormat, boolean isGuess, long sourceBytes, long targetBytes) {}
