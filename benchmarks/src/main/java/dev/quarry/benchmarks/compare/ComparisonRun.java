package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.process.WorkFolder;

import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a comparison of whole processes has from its beginning to its report. */
final class ComparisonRun {

    private final Project project;
    private final QuarryProgram quarry;
    private final DataSet data;
    private final WorkFolder work;
    private final JobRunner runner;
    private final PrintStream progress;
    private final Map<String, String> versions = new LinkedHashMap<>();

    /**
     * @param work stays the caller's
     * @param rounds that count of each contender
     * @param progress is told of each round, and of peers that are missing
     */
    ComparisonRun(Project project, DataSet data, WorkFolder work, int rounds, PrintStream progress)
            throws IOException, InterruptedException {
        this.project = project;
        this.quarry = new QuarryProgram(project.launcher());
        this.data = data;
        this.work = work;
        this.runner = new JobRunner(work, rounds, progress);
        this.progress = progress;
        runner.name(".", project.root());
        data.nameFolders(runner);
        versions.put(QuarryProgram.NAME, quarry.version(runner.children()));
    }

    QuarryProgram quarry() {
        return quarry;
    }

    DataSet data() {
        return data;
    }

    WorkFolder work() {
        return work;
    }

    JobRunner runner() {
        return runner;
    }

    /** A program to compare with, whose version the report then states; or that it is left out. */
    Optional<Peer> peer(String name, String versionArgument) {
        Optional<Peer> peer = Peer.find(name, versionArgument);
        if (peer.isPresent()) {
            versions.put(name, peer.get().version());
        } else if (versions.put(name, "is not installed: left out") == null) {
            say(name + " is not installed: left out");
        }
        return peer;
    }

    /** Tells whoever waits for the comparison. */
    void say(String words) {
        progress.println(words);
    }

    /**
     * @param kind names this set of jobs in recorded results
     */
    Report report(String kind, List<JobResult> results) throws IOException, InterruptedException {
        return Report.of(kind, project, data, versions, results);
    }
}
