package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.Invocation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One way to do a job: a program with its arguments. Every round happens in a new, empty folder.
 */
public interface Contender {

    /** Names it in the table, and within its job only it. */
    String name();

    /** {@link #roundsMax} of a program that runs as often as it is asked for. */
    int ROUNDS_UNLIMITED = Integer.MAX_VALUE;

    /**
     * Rounds at most, for a program that takes so long that more would hold up everybody; it is not
     * warmed up either, beyond the files that all of them read.
     */
    default int roundsMax() {
        return ROUNDS_UNLIMITED;
    }

    /** Makes what a round needs, which is not measured. */
    default void prepare(Path folder) throws IOException, InterruptedException {}

    /** The programs that are measured, in their order. */
    List<Invocation> invocations(Path folder) throws IOException;

    /**
     * Fails if what came out is not what was asked for; called once, after the first round. What is
     * fast and wrong is not compared.
     */
    default void verify(Path folder) throws IOException, InterruptedException {}

    /** Bytes of what came out, all files counted; 0 if that says nothing. */
    default long outputBytes(Path folder) throws IOException {
        return 0;
    }
}
