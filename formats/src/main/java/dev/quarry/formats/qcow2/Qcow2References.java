package dev.quarry.formats.qcow2;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * How often each host cluster is referred to, counted by going through the tables. Costs memory for
 * what is referred to and not for what the file claims to be long. For one thread.
 */
final class Qcow2References {

    private static final int PAGE_BITS = 12;
    private static final int PAGE_COUNTS = 1 << PAGE_BITS;

    private final Map<Long, int[]> pages = new HashMap<>();

    /** The page that was looked at last: most follow one another. */
    private long lastNumber = -1;

    private int @Nullable [] last;

    /** Counts one more reference to a cluster; returns the count before. */
    int add(long cluster) {
        int[] page = page(cluster);
        if (page == null) {
            page = new int[PAGE_COUNTS];
            pages.put(cluster >>> PAGE_BITS, page);
            last = page;
        }
        return page[(int) cluster & PAGE_COUNTS - 1]++;
    }

    private int @Nullable [] page(long cluster) {
        long number = cluster >>> PAGE_BITS;
        if (number != lastNumber) {
            lastNumber = number;
            last = pages.get(number);
        }
        return last;
    }

    int get(long cluster) {
        int[] page = page(cluster);
        return page == null ? 0 : page[(int) cluster & PAGE_COUNTS - 1];
    }

    /** Whether nothing in the page of a cluster was counted. */
    boolean isEmptyPage(long cluster) {
        return page(cluster) == null;
    }

    /** First cluster of the page behind that of a cluster. */
    static long nextPage(long cluster) {
        return ((cluster >>> PAGE_BITS) + 1) << PAGE_BITS;
    }
}
