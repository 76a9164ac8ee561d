package dev.quarry.benchmarks.history;

import dev.quarry.benchmarks.TextTable;
import dev.quarry.benchmarks.compare.Series;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What changed between two runs of the same kind. Compared are ratios to what ran beside Quarry:
 * another program's time, or the machine's limit in the same fork. A time by itself says more of
 * the machine on that day than of the program.
 *
 * <p>A ratio counts as changed if it moved by more than {@link #LEAST}, and the rounds that lie
 * closest around the two medians, half of them, do not overlap; a single figure, if the two
 * confidence intervals do not.
 */
public final class RunComparison {

    /** A change that is smaller is none, however steady the figures are. */
    static final double LEAST = 0.03;

    /** Sizes do not depend on the machine's mood. */
    private static final double LEAST_OF_SIZES = 0.001;

    /** Fewer rounds than that have no halves, and all of them count. */
    private static final int ROUNDS_FOR_HALVES = 4;

    private final Run before;
    private final Run after;
    private final List<Change> changes = new ArrayList<>();

    /**
     * A figure that both runs have.
     *
     * @param name of what was measured
     * @param before then
     * @param after now; of ratios to others less is better, of parts of a limit more
     * @param noise what the two may differ by at random, in the same unit
     * @param isLessBetter which way is better
     * @param least part by which it must have moved to count
     */
    public record Change(
            String name,
            double before,
            double after,
            double noise,
            boolean isLessBetter,
            double least) {

        /** How far it moved, as a part of what it was. */
        public double part() {
            return before == 0 ? 0 : after / before - 1;
        }

        /** Whether it changed beyond noise. */
        public boolean isReal() {
            return Math.abs(after - before) > noise && Math.abs(part()) > least;
        }

        /** Whether it is worse beyond noise. */
        public boolean isWorse() {
            return isReal() && part() > 0 == isLessBetter;
        }
    }

    private RunComparison(Run before, Run after) {
        this.before = before;
        this.after = after;
    }

    /** Compares two runs. */
    public static RunComparison of(Run before, Run after) {
        RunComparison comparison = new RunComparison(before, after);
        comparison.compareJobs();
        comparison.compareFigures();
        return comparison;
    }

    /** All figures that both runs have. */
    public List<Change> changes() {
        return List.copyOf(changes);
    }

    private void compareJobs() {
        for (Run.Job now : after.jobs()) {
            Optional<Run.Job> then =
                    before.jobs().stream()
                            .filter(each -> each.name().equals(now.name()))
                            .findFirst();
            if (then.isPresent()) {
                for (Run.Result peer : now.results().subList(1, now.results().size())) {
                    then.get()
                            .of(peer.contender())
                            .ifPresent(old -> compare(then.get(), now, old, peer));
                }
            }
        }
    }

    private void compare(Run.Job then, Run.Job now, Run.Result old, Run.Result peer) {
        String name = now.name() + " / " + peer.contender();
        double[] olds = ratios(then.own().wallSeconds(), old.wallSeconds());
        double[] news = ratios(now.own().wallSeconds(), peer.wallSeconds());
        changes.add(
                new Change(
                        name + ", wall",
                        new Series(olds).median(),
                        new Series(news).median(),
                        spread(olds) + spread(news),
                        true,
                        LEAST));
        if (old.outputBytes() > 0 && peer.outputBytes() > 0) {
            changes.add(
                    new Change(
                            name + ", output",
                            then.own().outputBytes() / old.outputBytes(),
                            now.own().outputBytes() / peer.outputBytes(),
                            0,
                            true,
                            LEAST_OF_SIZES));
        }
    }

    /** Ratios round by round: rounds of one number ran side by side. */
    private static double[] ratios(Series own, Series peer) {
        double[] ratios = new double[Math.min(own.count(), peer.count())];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = own.all()[i] / peer.all()[i];
        }
        return ratios;
    }

    /** Half of the width of the middle half. */
    private static double spread(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int cut = sorted.length < ROUNDS_FOR_HALVES ? 0 : sorted.length / 4;
        return (sorted[sorted.length - 1 - cut] - sorted[cut]) / 2;
    }

    private void compareFigures() {
        for (Run.Figure now : after.figures()) {
            before.figures().stream()
                    .filter(each -> each.name().equals(now.name()))
                    .findFirst()
                    .ifPresent(then -> compare(then, now));
        }
    }

    private void compare(Run.Figure then, Run.Figure now) {
        if (then.ofLimit() > 0 && now.ofLimit() > 0) {
            changes.add(
                    new Change(
                            now.name() + ", of its limit",
                            then.ofLimit(),
                            now.ofLimit(),
                            then.errorPart() * then.ofLimit() + now.errorPart() * now.ofLimit(),
                            false,
                            LEAST));
        }
        changes.add(
                new Change(
                        now.name() + ", bytes allocated",
                        then.allocatedBytes(),
                        now.allocatedBytes(),
                        1,
                        true,
                        LEAST));
    }

    /** For people: what changed, and how many figures did not. */
    public String toText() {
        TextTable table = new TextTable("figure", "before", "after", "change %", "noise", "");
        int same = 0;
        for (Change change : changes) {
            if (!change.isReal()) {
                same++;
                continue;
            }
            table.add(
                    change.name(),
                    number("%.3f", change.before()),
                    number("%.3f", change.after()),
                    number("%+.1f", 100 * change.part()),
                    number("%.3f", change.noise()),
                    change.isWorse() ? "WORSE" : "better");
        }
        return after.kind()
                + ": "
                + title(before)
                + "\n     with "
                + title(after)
                + "\n"
                + (same == changes.size() ? "" : "\n" + table + "\n")
                + same
                + " of "
                + changes.size()
                + " figures did not change beyond noise.\n";
    }

    private static String title(Run run) {
        return run.commit() + ", " + run.date() + ", " + run.processors() + " x " + run.processor();
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
