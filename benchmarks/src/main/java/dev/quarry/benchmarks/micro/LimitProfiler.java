package dev.quarry.benchmarks.micro;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

import java.util.Collection;
import java.util.List;

/**
 * Measures the {@link Yardstick} of a benchmark after each of its iterations, in the same fork. JMH
 * makes it by its name.
 */
public final class LimitProfiler implements InternalProfiler {

    /** Before the name of the limit, in the label of its figure in bytes per second. */
    static final String LIMIT_PREFIX = "limit: ";

    /** Label of the bytes of an operation. */
    static final String OPERATION_BYTES = "operation bytes";

    /** Long enough for a figure, short beside an iteration. */
    private static final long NANOS = 100_000_000;

    @Override
    public String getDescription() {
        return "what the machine could do at best";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        // The limit is measured while the benchmark is not.
    }

    @Override
    @SuppressWarnings("rawtypes") // as JMH declares it
    public Collection<? extends Result> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        Yardstick yardstick = Yardstick.current();
        if (yardstick == null) {
            return List.of();
        }
        return List.of(
                new ScalarResult(
                        LIMIT_PREFIX + yardstick.limit().name(),
                        bytesPerSecond(yardstick.limit()),
                        "B/s",
                        AggregationPolicy.AVG),
                new ScalarResult(
                        OPERATION_BYTES,
                        yardstick.operationBytes(),
                        "B/op",
                        AggregationPolicy.AVG));
    }

    private static double bytesPerSecond(RawLimit limit) {
        long start = System.nanoTime();
        long bytes = 0;
        long taken;
        do {
            limit.work().run();
            bytes += limit.bytes();
            taken = System.nanoTime() - start;
        } while (taken < NANOS);
        return bytes * 1e9 / taken;
    }
}
