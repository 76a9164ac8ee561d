package dev.quarry.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How all contenders of a job did.
 *
 * @param job what was done
 * @param results in the order of the job's contenders
 */
public record JobResult(Job job, List<Result> results) {

    public JobResult {
        results = List.copyOf(results);
    }

    /**
     * A floor with what came of it.
     *
     * @param floor what was demanded
     * @param figure what the subject reached
     * @param limit what it may reach
     */
    public record Verdict(Floor floor, double figure, double limit) {

        /** Whether the floor was kept. */
        public boolean isKept() {
            return figure <= limit;
        }
    }

    /** The result of a contender, if it took part. */
    public Optional<Result> of(String contender) {
        return results.stream().filter(each -> each.contender().equals(contender)).findFirst();
    }

    /** Judges the job's floors, leaving out those whose peer took no part. */
    public List<Verdict> verdicts() {
        List<Verdict> verdicts = new ArrayList<>();
        for (Floor floor : job.floors()) {
            Optional<Result> peer = of(floor.peer());
            double figure = of(floor.subject()).orElseThrow().figure(floor.measure());
            peer.ifPresent(each ->
                    verdicts.add(
                            new Verdict(floor, figure, floor.limit(each.figure(floor.measure())))));
        }
        return verdicts;
    }
}
