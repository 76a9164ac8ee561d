package dev.quarry.testdata.junit;

import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Counts skipped tests by their reasons, and says so at the end of each module's run: a test that
 * does not run is easily taken for one that passes.
 *
 * <p>Also writes a line of count, tab and reason for each to the file that the system property
 * {@value #FILE_PROPERTY} names, if it is set. JUnit finds this class through {@link
 * java.util.ServiceLoader}.
 */
public final class SkipReport implements TestExecutionListener {

    /** The system property that names the file. */
    public static final String FILE_PROPERTY = "quarry.skips";

    private static final String ASSUMPTION_PREFIX = "Assumption failed: ";

    /** Whether this JVM has emptied the file of what an earlier one left. */
    private static final AtomicBoolean EMPTIED = new AtomicBoolean();

    private final Map<String, Long> skips = new TreeMap<>();
    private @Nullable TestPlan plan;

    @Override
    public synchronized void testPlanExecutionStarted(TestPlan testPlan) {
        plan = testPlan;
        skips.clear();
    }

    @Override
    public synchronized void executionSkipped(TestIdentifier test, String reason) {
        skips.merge(reason, tests(test), Long::sum);
    }

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == Status.ABORTED) {
            String reason =
                    result.getThrowable().map(Throwable::getMessage).orElse("no reason given");
            if (reason.startsWith(ASSUMPTION_PREFIX)) {
                reason = reason.substring(ASSUMPTION_PREFIX.length());
            }
            skips.merge(reason, tests(test), Long::sum);
        }
    }

    /** Returns the number of tests in a test or a container; 1 for a container without any yet. */
    private long tests(TestIdentifier test) {
        if (test.isTest() || plan == null) {
            return 1;
        }
        return Math.max(
                1, plan.getDescendants(test).stream().filter(TestIdentifier::isTest).count());
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan testPlan) {
        String file = System.getProperty(FILE_PROPERTY, "");
        if (!file.isEmpty()) {
            write(Path.of(file), lines());
        }
        if (!skips.isEmpty()) {
            long sum = skips.values().stream().mapToLong(Long::longValue).sum();
            System.out.println("Tests skipped here: " + sum);
            skips.forEach((reason, count) -> System.out.println("    " + count + " x " + reason));
        }
    }

    private List<String> lines() {
        return skips.entrySet().stream()
                .map(skip -> skip.getValue() + "\t" + skip.getKey().replaceAll("\\s+", " "))
                .toList();
    }

    private static void write(Path file, List<String> lines) {
        try {
            if (EMPTIED.compareAndSet(false, true)) {
                Files.deleteIfExists(file);
            }
            Files.write(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
