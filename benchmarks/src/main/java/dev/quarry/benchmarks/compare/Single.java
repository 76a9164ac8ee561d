package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.Invocation;

import java.nio.file.Path;
import java.util.List;

/**
 * One program that makes nothing.
 *
 * @param name of the contender
 * @param invocation of the program
 */
record Single(String name, Invocation invocation) implements Contender {

    @Override
    public List<Invocation> invocations(Path folder) {
        return List.of(invocation);
    }
}
