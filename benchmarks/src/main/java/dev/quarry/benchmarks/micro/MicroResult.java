package dev.quarry.benchmarks.micro;

import org.openjdk.jmh.results.RunResult;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What became of one benchmark with one choice of its parameters.
 *
 * @param benchmark its class and method
 * @param parameters by their names
 * @param operationsPerSecond the mean of the iterations
 * @param error half of the width of its 99.9 % confidence interval; not a number after one
 *     iteration
 * @param operationBytes bytes of an operation, 0 if it does not deal with bytes
 * @param limit what the machine could do at best, empty likewise
 * @param limitBytesPerSecond how fast that was
 * @param allocatedBytes that an operation allocated on the heap
 */
public record MicroResult(
        String benchmark,
        Map<String, String> parameters,
        double operationsPerSecond,
        double error,
        double operationBytes,
        String limit,
        double limitBytesPerSecond,
        double allocatedBytes) {

    private static final String PACKAGE = "dev.quarry.benchmarks.";
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    static MicroResult of(RunResult run) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String key : run.getParams().getParamsKeys()) {
            // Where temporary files go says nothing of what is measured.
            if (!key.equals("folder")) {
                parameters.put(key, run.getParams().getParam(key));
            }
        }
        String limit = "";
        double limitBytesPerSecond = 0;
        double operationBytes = 0;
        double allocated = 0;
        for (String label : run.getSecondaryResults().keySet()) {
            double score = run.getSecondaryResults().get(label).getScore();
            if (label.endsWith(ALLOCATED)) {
                allocated = score;
            } else if (label.endsWith(LimitProfiler.OPERATION_BYTES)) {
                operationBytes = score;
            } else if (label.contains(LimitProfiler.LIMIT_PREFIX)) {
                int start = label.indexOf(LimitProfiler.LIMIT_PREFIX);
                limit = label.substring(start + LimitProfiler.LIMIT_PREFIX.length());
                limitBytesPerSecond = score;
            }
        }
        return new MicroResult(
                run.getParams().getBenchmark().replace(PACKAGE, ""),
                parameters,
                run.getPrimaryResult().getScore(),
                run.getPrimaryResult().getScoreError(),
                operationBytes,
                limit,
                limitBytesPerSecond,
                allocated);
    }

    /** Bytes that the benchmark dealt with in a second. */
    double bytesPerSecond() {
        return operationsPerSecond * operationBytes;
    }

    /** What part of the limit that is. */
    double fraction() {
        return bytesPerSecond() / limitBytesPerSecond;
    }

    String parameterText() {
        return parameters.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining(" "));
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("benchmark", benchmark);
        json.put("parameters", parameters);
        json.put("operationsPerSecond", operationsPerSecond);
        if (Double.isFinite(error)) {
            json.put("error", error);
        }
        if (!limit.isEmpty()) {
            json.put("bytesPerSecond", bytesPerSecond());
            json.put("limit", limit);
            json.put("limitBytesPerSecond", limitBytesPerSecond);
            json.put("fractionOfLimit", fraction());
        }
        json.put("allocatedBytesPerOperation", allocatedBytes);
        return json;
    }
}
