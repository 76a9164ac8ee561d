package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.Invocation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * One program that makes a raw file of something, which must then be an image byte for byte.
 *
 * @param name of the contender
 * @param image what must come out
 * @param command the program, when it is told what file to make
 */
record Rebuild(String name, DataSet.Image image, Function<Path, Invocation> command)
        implements Contender {

    private static final String FILE = "out.raw";

    @Override
    public List<Invocation> invocations(Path folder) {
        return List.of(command.apply(folder.resolve(FILE)));
    }

    @Override
    public void verify(Path folder) throws IOException {
        QuarryProgram.requireSame(image, folder.resolve(FILE));
    }
}
