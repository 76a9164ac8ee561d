package dev.quarry.benchmarks.process;

/**
 * What processes took.
 *
 * @param wallSeconds from start to end
 * @param cpuSeconds user and system time of the processes and of the children that they waited for
 * @param anonymousBytes the most anonymous memory that was seen resident in one of them (RssAnon,
 *     looked at every {@link ChildRunner#POLL_MILLIS} ms); 0 if it ended before the first look
 */
public record Usage(double wallSeconds, double cpuSeconds, long anonymousBytes) {

    /** What no process took. */
    public static final Usage NONE = new Usage(0, 0, 0);

    /** What this and then another took: times add up, of memory the larger counts. */
    public Usage then(Usage next) {
        return new Usage(
                wallSeconds + next.wallSeconds,
                cpuSeconds + next.cpuSeconds,
                Math.max(anonymousBytes, next.anonymousBytes));
    }
}
