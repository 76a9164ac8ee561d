package dev.quarry.benchmarks;

import dev.quarry.benchmarks.compression.CompressionTrials;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench compression}: what compression costs and saves on given images. */
@Command(
        name = "compression",
        mixinStandardHelpOptions = true,
        description = {
            "Imports images into stores of several codecs, levels and frame sizes, decodes them"
                    + " whole, and reads 4 KiB at random.",
            "Then says what a dictionary and other orders of chunks would save."
        })
final class CompressionCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "The images.")
    private List<Path> images = List.of();

    @Mixin private WorkOption work = new WorkOption();

    CompressionCommand() {}

    @Override
    public Integer call() throws IOException {
        CompressionTrials trials = new CompressionTrials(work.folder(), images);
        System.out.print(trials.stores());
        System.out.print("\n" + trials.frames());
        return 0;
    }
}
