package dev.quarry.formats.qcow2;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How often each host cluster is referred to, counted by going through the tables. Costs memory for
 * what is referred to and not for what the file claims to be long. For one thread.
 */
final class Qcow2References {

    private static final int PAGE_BITS = 12;
    private static final int PAGE_COUNTS = 1 << PAGE_BITS;

    /** Counts of clusters that follow one another: of a byte each, until one needs more. */
    private static final class Page {
        private byte[] narrow = new byte[PAGE_COUNTS];
        private int[] wide = {};

        int get(int index) {
            return wide.length == 0 ? Byte.toUnsignedInt(narrow[index]) : wide[index];
        }

        void set(int index, int count) {
            if (wide.length == 0 && count > 0xff) {
                int[] counts = new int[PAGE_COUNTS];
                Arrays.setAll(counts, this::get);
                wide = counts;
                narrow = new byte[0];
            }
            if (wide.length == 0) {
                narrow[index] = (byte) count;
            } else {
                wide[index] = count;
            }
        }
    }

    private final Map<Long, Page> pages = new HashMap<>();

    /** The page that was looked at last: most follow one another. */
    private long lastNumber = -1;

    private @Nullable Page last;

    /** Counts one more reference to a cluster; returns the count before. */
    int add(long cluster) {
        Page page = page(cluster);
        if (page == null) {
            page = new Page();
            pages.put(cluster >>> PAGE_BITS, page);
            last = page;
        }
        int before = page.get((int) cluster & PAGE_COUNTS - 1);
        page.set((int) cluster & PAGE_COUNTS - 1, before + 1);
        return before;
    }

    private @Nullable Page page(long cluster) {
        long number = cluster >>> PAGE_BITS;
        if (number != lastNumber) {
            lastNumber = number;
            last = pages.get(number);
        }
        return last;
    }

    int get(long cluster) {
        Page page = page(cluster);
        return page == null ? 0 : page.get((int) cluster & PAGE_COUNTS - 1);
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
