package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.Usage;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a contender did at a job, over all rounds that count.
 *
 * @param contender its name
 * @param commands what was run in the last round, as a person would type it
 * @param wallSeconds of each round
 * @param cpuSeconds of each round
 * @param anonymousBytes the most of any round
 * @param outputBytes of the last round
 */
public record Result(
        String contender,
        List<String> commands,
        Series wallSeconds,
        Series cpuSeconds,
        long anonymousBytes,
        long outputBytes) {

    static Result of(
            String contender, List<String> commands, List<Usage> rounds, long outputBytes) {
        return new Result(
                contender,
                List.copyOf(commands),
                new Series(rounds.stream().mapToDouble(Usage::wallSeconds).toArray()),
                new Series(rounds.stream().mapToDouble(Usage::cpuSeconds).toArray()),
                rounds.stream().mapToLong(Usage::anonymousBytes).max().orElse(0),
                outputBytes);
    }

    /** The figure that a floor is about. */
    double figure(Floor.Measure measure) {
        return switch (measure) {
            case WALL -> wallSeconds.median();
            case OUTPUT -> outputBytes;
            case MEMORY -> anonymousBytes;
        };
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("contender", contender);
        json.put("commands", commands);
        json.put("rounds", wallSeconds.count());
        json.put("wallSeconds", toJson(wallSeconds));
        json.put("cpuSeconds", toJson(cpuSeconds));
        json.put("anonymousBytesMax", anonymousBytes);
        json.put("outputBytes", outputBytes);
        return json;
    }

    /** Rounds to what was measured: adding up has left digits behind that mean nothing. */
    private static double milli(double seconds) {
        return Math.round(seconds * 1000) / 1000.0;
    }

    private static Map<String, Object> toJson(Series series) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("median", milli(series.median()));
        json.put("min", milli(series.min()));
        json.put("max", milli(series.max()));
        json.put("all", Arrays.stream(series.all()).map(Result::milli).boxed().toList());
        return json;
    }
}
