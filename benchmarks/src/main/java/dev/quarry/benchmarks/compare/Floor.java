package dev.quarry.benchmarks.compare;

import java.util.Locale;

/**
 * What Quarry must not exceed: {@code factor} times another contender's median, plus something.
 *
 * @param measure what is held against what
 * @param subject the contender that is held
 * @param peer the contender that it is held against
 * @param factor of the peer's median
 * @param plus further seconds or bytes
 */
public record Floor(Measure measure, String subject, String peer, double factor, double plus) {

    /** What is measured of a contender. */
    public enum Measure {
        WALL,
        OUTPUT,
        MEMORY
    }

    /** At most {@code factor} times the peer's time, and {@code plusSeconds}. */
    public static Floor wall(String subject, String peer, double factor, double plusSeconds) {
        return new Floor(Measure.WALL, subject, peer, factor, plusSeconds);
    }

    /** Output of at most {@code factor} times the peer's. */
    public static Floor output(String subject, String peer, double factor) {
        return new Floor(Measure.OUTPUT, subject, peer, factor, 0);
    }

    /** At most so much anonymous memory, whatever others take. */
    public static Floor memory(String subject, long bytes) {
        return new Floor(Measure.MEMORY, subject, subject, 0, bytes);
    }

    /** What the subject may reach when its peer had {@code peerMedian}. */
    public double limit(double peerMedian) {
        return factor * peerMedian + plus;
    }

    @Override
    public String toString() {
        String times = factor == 0 ? "" : String.format(Locale.ROOT, "%.2f x", factor);
        String more =
                plus == 0
                        ? ""
                        : measure == Measure.WALL
                                ? String.format(Locale.ROOT, "%.0f ms", plus * 1000)
                                : String.format(Locale.ROOT, "%.0f MB", plus / 1e6);
        return "<= " + times + (times.isEmpty() || more.isEmpty() ? "" : " + ") + more;
    }
}
