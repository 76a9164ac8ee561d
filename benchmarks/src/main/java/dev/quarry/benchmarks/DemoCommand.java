package dev.quarry.benchmarks;

import dev.quarry.benchmarks.demo.Demo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry demo}: shows the main job on small disks, or on the user's own. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Imports disk images, registers and launches them, and compares every volume with the"
                    + " disk it comes from.",
            "Makes three related disks where no images are given, and needs no other program."
        })
final class DemoCommand implements Callable<Integer> {

    private static final int EXIT_DIFFERENT = 1;

    @Parameters(paramLabel = "IMAGE", description = "Images in any format; they are only read.")
    private List<Path> images = List.of();

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where temporary files go; default: the system's temporary folder.")
    private Path work = Path.of(System.getProperty("java.io.tmpdir"));

    DemoCommand() {}

    @Override
    public Integer call() throws IOException {
        return Demo.run(images, work, System.out) ? 0 : EXIT_DIFFERENT;
    }
}
