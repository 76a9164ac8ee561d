package dev.quarry.benchmarks.compare;

import java.util.Arrays;

/** Figures of the same thing, measured several times. Immutable. */
public final class Series {

    private final double[] inOrder;
    private final double[] sorted;

    /**
     * @param figures in the order they were measured in, at least one
     */
    public Series(double... figures) {
        if (figures.length == 0) {
            throw new IllegalArgumentException("a series of no figures");
        }
        this.inOrder = figures.clone();
        this.sorted = figures.clone();
        Arrays.sort(sorted);
    }

    /** How many there are. */
    public int count() {
        return sorted.length;
    }

    /** The middle one, or the mean of the middle two. */
    public double median() {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public double min() {
        return sorted[0];
    }

    public double max() {
        return sorted[sorted.length - 1];
    }

    /** All of them, in the order they were measured in. */
    public double[] all() {
        return inOrder.clone();
    }
}
