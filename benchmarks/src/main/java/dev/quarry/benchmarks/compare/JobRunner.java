package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.ChildRunner;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.Usage;
import dev.quarry.benchmarks.process.WorkFolder;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * Runs the contenders of a job in turns, A B A B, so that what the machine does meanwhile meets all
 * of them alike. The first round of each warms up: it is checked and does not count. What a round
 * made is deleted before the next begins.
 */
public final class JobRunner {

    private final WorkFolder work;
    private final ChildRunner children;
    private final int rounds;
    private final PrintStream progress;

    /** Folders that a command line does not show as they are, because each machine has its own. */
    private final SequencedMap<String, Path> names = new LinkedHashMap<>();

    /**
     * @param work stays the caller's
     * @param rounds that count, at least 1
     * @param progress is told of every round
     */
    public JobRunner(WorkFolder work, int rounds, PrintStream progress) throws IOException {
        names.put("$WORK", work.path());
        names.put("$JAVA_HOME", Path.of(System.getProperty("java.home")));
        this.work = work;
        this.children = new ChildRunner(work.newFolder("child"));
        this.rounds = rounds;
        this.progress = progress;
    }

    /**
     * Shows a folder under a name in command lines from now on.
     *
     * @param name such as {@code $IMAGES}
     */
    public void name(String name, Path folder) {
        names.putIfAbsent(name, folder);
    }

    /** Runs programs that prepare jobs; what they said can be asked for afterwards. */
    public ChildRunner children() {
        return children;
    }

    /** Runs a job. */
    public JobResult run(Job job) throws IOException, InterruptedException {
        List<Turn> turns = job.contenders().stream().map(Turn::new).toList();
        for (int round = 0; round <= rounds; round++) {
            for (Turn turn : turns) {
                if (turn.takesPart(round)) {
                    turn.run(job.name(), round);
                }
            }
        }
        return new JobResult(job, turns.stream().map(Turn::result).toList());
    }

    /** What becomes of one contender. */
    private final class Turn {
        private final Contender contender;
        private final List<Usage> usages = new ArrayList<>();
        private List<String> commands = List.of();
        private long outputBytes;

        Turn(Contender contender) {
            this.contender = contender;
        }

        boolean takesPart(int round) {
            int most = contender.roundsMax();
            return round <= most && (round > 0 || most == Contender.ROUNDS_UNLIMITED);
        }

        /**
         * @param round 0 to warm up
         */
        void run(String job, int round) throws IOException, InterruptedException {
            Path folder = work.newFolder("round");
            try {
                contender.prepare(folder);
                List<Invocation> invocations = contender.invocations(folder);
                Usage usage = children.run(invocations);
                if (commands.isEmpty()) {
                    contender.verify(folder);
                }
                if (round > 0) {
                    usages.add(usage);
                }
                SequencedMap<String, Path> shown = new LinkedHashMap<>();
                shown.put("$ROUND", folder);
                shown.putAll(names);
                commands = invocations.stream().map(each -> each.display(shown)).toList();
                outputBytes = contender.outputBytes(folder);
                progress.printf(
                        Locale.ROOT,
                        "%s, %s, %s: %.3f s%n",
                        job,
                        contender.name(),
                        round == 0 ? "warm-up" : "round " + round,
                        usage.wallSeconds());
            } finally {
                WorkFolder.delete(folder);
            }
        }

        Result result() {
            return Result.of(contender.name(), commands, usages, outputBytes);
        }
    }
}
