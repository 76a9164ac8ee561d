package dev.quarry.testdata;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Runs a test with random numbers, several times, each with a seed of its own. When it fails, the
 * message has the seed; {@code -Dquarry.seed=SEED} runs it again with that seed alone.
 */
public final class Replay {

    /** The system property that gives the one seed to run with. */
    public static final String SEED_PROPERTY = "quarry.seed";

    private Replay() {}

    /** What is tested. */
    @FunctionalInterface
    public interface Check {

        /**
         * Runs once.
         *
         * @param random seeded; the only source of chance
         */
        void run(RandomGenerator random) throws Exception;
    }

    /**
     * Runs a check.
     *
     * @param runs how often, with seeds that differ from one call to the next
     * @throws AssertionError if it fails, with the seed in the message
     */
    public static void seeds(int runs, Check check) {
        String given = System.getProperty(SEED_PROPERTY);
        if (given != null && !given.isEmpty()) {
            run(Long.parseLong(given), check);
            return;
        }
        long first = System.nanoTime();
        for (int i = 0; i < runs; i++) {
            run(first + i * 0x9E3779B97F4A7C15L, check);
        }
    }

    private static void run(long seed, Check check) {
        try {
            check.run(generator(seed));
        } catch (Exception | AssertionError e) {
            if (e.getClass().getName().equals("org.opentest4j.TestAbortedException")
                    && e instanceof RuntimeException skip) {
                throw skip;
            }
            throw new AssertionError(
                    "failed with -D" + SEED_PROPERTY + "=" + seed + ": " + e.getMessage(), e);
        }
    }

    /** Returns the generator of a seed. */
    public static RandomGenerator generator(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }
}
