package dev.quarry.store;

/**
 * Something in a store that is not what it was when it was written.
 *
 * @param blob name of the blob or document
 * @param reason what is wrong, in words that name the place
 */
public record Finding(String blob, String reason) {}
