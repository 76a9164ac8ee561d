package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.process.WorkFolder;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Imports one large image whose data nothing compresses, once, and looks at the memory that it
 * takes. Image and store are too large for a file system in memory.
 */
public final class MemoryJob {

    /** Names this job in recorded results. */
    static final String KIND = "memory";

    private static final long IMAGE_BYTES = 64L << 30;
    private static final long DATA_BYTES = 8L << 30;

    private static final int RUN_BYTES = 8 << 20;

    private static final long SEED = 0x51554152525901L;

    private static final long ANONYMOUS_BYTES_MAX = 400_000_000;

    private MemoryJob() {}

    /**
     * Runs the job.
     *
     * @param parent where the temporary folder is made: takes some 17 GB
     * @param progress is told what goes on
     */
    public static Report run(Project project, Path parent, PrintStream progress)
            throws IOException, InterruptedException {
        try (WorkFolder work = new WorkFolder(parent)) {
            Path file = work.path().resolve("sparse.raw");
            progress.println(
                    "making an image of "
                            + (IMAGE_BYTES >> 30)
                            + " GiB with "
                            + (DATA_BYTES >> 30)
                            + " GiB of random data");
            SparseDisk.write(file, IMAGE_BYTES, DATA_BYTES, RUN_BYTES, SEED);
            DataSet data = DataSet.of(List.of(file));
            QuarryProgram quarry = new QuarryProgram(project.launcher());
            JobRunner runner = new JobRunner(work, 1, progress);
            runner.name(".", project.root());
            Map<String, String> versions =
                    Map.of(QuarryProgram.NAME, quarry.version(runner.children()));
            Job job =
                    new Job(
                            "import of a large image",
                            List.of(quarry.importsOnce(data)),
                            List.of(Floor.memory(QuarryProgram.NAME, ANONYMOUS_BYTES_MAX)));
            return Report.of(KIND, project, data, versions, List.of(runner.run(job)));
        }
    }
}
