package dev.quarry.catalog;

import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Counts the rules of machine images that the tests of a run cover and that passed, and says so at
 * its end, with those that none covers. A run without a single such test says nothing.
 */
public final class RuleReport implements TestExecutionListener {

    /** A module with few such tests does not list all the others. */
    private static final int NAMED_MAX = 30;

    /** What a module covers, for the others. */
    private static final String NOTE = "covered-rules.txt";

    private final Set<String> covered = new TreeSet<>();

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
            test.getSource()
                    .filter(MethodSource.class::isInstance)
                    .map(MethodSource.class::cast)
                    .ifPresent(source -> add(source.getJavaMethod()));
        }
    }

    private void add(@Nullable Method method) {
        Covers covers = method == null ? null : method.getAnnotation(Covers.class);
        if (covers != null) {
            covered.addAll(Set.of(covers.value()));
        }
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan plan) {
        if (covered.isEmpty()) {
            return;
        }
        Set<String> rules = rules();
        printUnion(rules);
        Set<String> unknown = new TreeSet<>(covered);
        unknown.removeAll(rules);
        Set<String> missing = new LinkedHashSet<>(rules);
        missing.removeAll(covered);
        System.out.println(
                "rules of machine images: "
                        + (covered.size() - unknown.size())
                        + " of "
                        + rules.size()
                        + " are covered by tests of this module that passed"
                        + (missing.isEmpty() || missing.size() > NAMED_MAX
                                ? ""
                                : "; not " + String.join(", ", missing))
                        + (unknown.isEmpty()
                                ? ""
                                : "; there are no rules " + String.join(", ", unknown)));
    }

    /**
     * Notes what this module covers beside its count of skips, and says what all modules together
     * do whose notes are there: of a whole run, the last module says it of all.
     */
    private void printUnion(Set<String> rules) {
        String skips = System.getProperty("quarry.skips");
        String root = System.getProperty("quarry.root");
        if (skips == null || root == null) {
            return;
        }
        Path own = Path.of(skips).resolveSibling(NOTE);
        Set<String> union = new TreeSet<>();
        int modules = 0;
        try {
            Files.createDirectories(Objects.requireNonNull(own.getParent()));
            Files.write(own, covered);
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(Path.of(root))) {
                for (Path module : folders) {
                    Path target = own.getParent().getFileName();
                    Path note = module.resolve(String.valueOf(target)).resolve(NOTE);
                    if (Files.exists(note)) {
                        union.addAll(Files.readAllLines(note));
                        modules++;
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Set<String> missing = new LinkedHashSet<>(rules);
        missing.removeAll(union);
        union.retainAll(rules);
        System.out.println(
                "rules of machine images: "
                        + union.size()
                        + " of "
                        + rules.size()
                        + " are covered by the last runs of "
                        + modules
                        + " modules together"
                        + (missing.isEmpty() || missing.size() > NAMED_MAX
                                ? ""
                                : "; not " + String.join(", ", missing)));
    }

    /** The rules, without those that the project leaves out. */
    static Set<String> rules() {
        Set<String> rules = new LinkedHashSet<>();
        try (InputStream in =
                        Objects.requireNonNull(RuleReport.class.getResourceAsStream("rules.txt"));
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#") && line.indexOf('\t') < 0 && !line.isBlank()) {
                    rules.add(line.strip());
                }
            }
            return rules;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
