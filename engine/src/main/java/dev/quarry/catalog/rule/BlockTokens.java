package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/**
 * Tokens of the block API (4.11.2): they end, and belong to what they were given for. They guard
 * against mistakes, as everything does that is handed to who can read the store.
 */
public final class BlockTokens {

    /** How long a block's token can be used. */
    public static final Duration BLOCK_LIFE = Duration.ofDays(7);

    /** How long a page's token can be used. */
    public static final Duration PAGE_LIFE = Duration.ofMinutes(60);

    private static final int DIGEST_CHARS = 24;
    private static final HexFormat HEX = HexFormat.of();

    private BlockTokens() {}

    /**
     * The token of a block.
     *
     * @param root of the snapshot's tree
     */
    public static String ofBlock(String root, long index, Instant now) {
        long end = now.plus(BLOCK_LIFE).getEpochSecond();
        return "blk." + Long.toHexString(end) + "." + digest(root + "\0" + index, end);
    }

    /** When tokens end that are given now. */
    public static Instant expiry(Instant now) {
        return now.plus(BLOCK_LIFE);
    }

    /** Refuses a token that is not this block's, or has ended. */
    public static void checkBlock(String token, String root, long index, Instant now)
            throws CatalogException {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3
                || !parts[0].equals("blk")
                || !parts[2].equals(digest(root + "\0" + index, end(parts[1])))) {
            throw new CatalogException(
                    ErrorCode.INVALID_BLOCK_TOKEN,
                    "'" + token + "' is no token of block " + index + " of this snapshot");
        }
        if (now.getEpochSecond() > end(parts[1])) {
            throw new CatalogException(
                    ErrorCode.INVALID_BLOCK_TOKEN, "the token ended at " + time(parts[1]));
        }
    }

    /**
     * The token of a page.
     *
     * @param search what was asked for, in all its parts
     * @param next block index that the page begins with
     */
    public static String ofPage(String search, long next, Instant now) {
        long end = now.plus(PAGE_LIFE).getEpochSecond();
        return "page."
                + Long.toHexString(next)
                + "."
                + Long.toHexString(end)
                + "."
                + digest(search + "\0" + next, end);
    }

    /** The block index that a page begins with. */
    public static long page(String token, String search, Instant now) throws CatalogException {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 4
                || !parts[0].equals("page")
                || !parts[3].equals(digest(search + "\0" + end(parts[1]), end(parts[2])))) {
            throw new CatalogException(
                    ErrorCode.INVALID_NEXT_TOKEN, "'" + token + "' is no token of this list");
        }
        if (now.getEpochSecond() > end(parts[2])) {
            throw new CatalogException(
                    ErrorCode.INVALID_NEXT_TOKEN, "the token ended at " + time(parts[2]));
        }
        return end(parts[1]);
    }

    private static String time(String hex) {
        return Instant.ofEpochSecond(end(hex)).toString();
    }

    private static long end(String hex) {
        return hex.matches("[0-9a-f]{1,12}") ? Long.parseLong(hex, 16) : -1;
    }

    private static String digest(String text, long end) {
        byte[] bytes = (text + "\0" + end).getBytes(StandardCharsets.UTF_8);
        return HEX.formatHex(BlockRules.digest(bytes)).substring(0, DIGEST_CHARS);
    }
}
