package dev.quarry.catalog;

import java.io.IOException;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Runs a property many times with random numbers. A failure names the seed of its run; {@code
 * -Dquarry.seed=N} runs that one alone.
 */
public final class SeededRuns {

    private static final String PROPERTY = "quarry.seed";

    private SeededRuns() {}

    /** What is tried. */
    @FunctionalInterface
    public interface Property {
        void check(RandomGenerator random) throws IOException;
    }

    /** Tries the property {@code runs} times, or once if a seed is given. */
    public static void run(String name, int runs, Property property) {
        String given = System.getProperty(PROPERTY);
        long first = given == null ? System.nanoTime() : Long.parseLong(given);
        int count = given == null ? runs : 1;
        System.out.println(name + ": " + count + " runs from -D" + PROPERTY + "=" + first);
        for (long seed = first; seed < first + count; seed++) {
            try {
                property.check(new Random(seed));
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError(
                        name + " failed; replay with -D" + PROPERTY + "=" + seed, e);
            }
        }
    }
}
