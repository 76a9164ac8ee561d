package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.WorkFolder;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Conversions between formats, beside qemu-img's with and without its threads: the better of the
 * two is what a floor counts from.
 */
public final class ConvertJob {

    /** Names this set of jobs in recorded results. */
    static final String KIND = "convert";

    private static final String QEMU_IMG_THREADS = "qemu-img -W";

    /** With zlib, qemu-img takes half a minute without its threads, and a quarter with them. */
    private static final int SLOW_ROUNDS_MAX = 2;

    /** Compressed output may be so much larger than qemu-img's. */
    private static final double OUTPUT_FACTOR = 1.03;

    /** What is converted into what, and the factor of qemu-img's time that is promised. */
    public enum Part {
        RAW_QCOW2("raw", Form.RAW, Form.QCOW2, 1.0),
        QCOW2_RAW("qcow2", Form.QCOW2, Form.RAW, 1.1),
        VMDK_RAW("VMDK sparse", Form.VMDK, Form.RAW, 0.6),
        ZLIB_RAW("zlib qcow2", Form.ZLIB, Form.RAW, 0.5),
        ZSTD_RAW("zstd qcow2", Form.ZSTD, Form.RAW, 0.65),
        STREAM_RAW("streamOptimized", Form.STREAM, Form.RAW, 0.35),
        RAW_ZLIB("raw", Form.RAW, Form.ZLIB, 0.3),
        RAW_ZSTD("raw", Form.RAW, Form.ZSTD, 0.65),
        RAW_STREAM("raw", Form.RAW, Form.STREAM, 0.15);

        private final String sourceWord;
        private final Form source;
        private final Form target;
        private final double factor;

        Part(String sourceWord, Form source, Form target, double factor) {
            this.sourceWord = sourceWord;
            this.source = source;
            this.target = target;
            this.factor = factor;
        }

        String title() {
            return sourceWord + " to " + target.words;
        }
    }

    /** A format with its variant, and what qemu-img and Quarry both call it. */
    private enum Form {
        RAW("raw", "raw", ""),
        QCOW2("qcow2", "qcow2", ""),
        VMDK("VMDK sparse", "vmdk", ""),
        ZLIB("zlib qcow2", "qcow2", "-c"),
        ZSTD("zstd qcow2", "qcow2", "-c -o compression_type=zstd"),
        STREAM("streamOptimized", "vmdk", "-o subformat=streamOptimized");

        private final String words;
        private final String format;

        /** Words, with blanks between them. */
        private final String options;

        Form(String words, String format, String options) {
            this.words = words;
            this.format = format;
            this.options = options;
        }

        boolean isCompressed() {
            return !options.isEmpty();
        }

        boolean isSlow() {
            return this == ZLIB || this == STREAM;
        }
    }

    private final ComparisonRun run;

    private ConvertJob(ComparisonRun run) {
        this.run = run;
    }

    /**
     * Runs the comparison.
     *
     * @param image a raw one
     * @param parts which conversions
     * @param rounds that count of each contender; slow ones take fewer
     * @param parent where the temporary folder is made, best in memory
     * @param progress is told of each round
     * @throws IOException if qemu-img is not installed, among others: it makes the sources
     */
    public static Report run(
            Project project,
            Path image,
            List<Part> parts,
            int rounds,
            Path parent,
            PrintStream progress)
            throws IOException, InterruptedException {
        try (WorkFolder work = new WorkFolder(parent)) {
            return new ConvertJob(
                            new ComparisonRun(
                                    project, DataSet.of(List.of(image)), work, rounds, progress))
                    .run(parts);
        }
    }

    private Report run(List<Part> parts) throws IOException, InterruptedException {
        Peer qemuImg =
                run.peer(PeerPrograms.QEMU_IMG, "--version")
                        .orElseThrow(() -> new IOException("qemu-img is not installed"));
        DataSet.Image image = run.data().images().getFirst();
        Path sources = run.work().newFolder("sources");
        List<JobResult> results = new ArrayList<>();
        for (Part part : parts) {
            Path source = source(part.source, image, sources, qemuImg);
            results.add(run.runner().run(job(part, source, image, qemuImg)));
        }
        return run.report(KIND, results);
    }

    /** The image in the form that is read, made by qemu-img when it is first wanted. */
    private Path source(Form form, DataSet.Image image, Path folder, Peer qemuImg)
            throws IOException, InterruptedException {
        if (form == Form.RAW) {
            return image.file();
        }
        Path file = folder.resolve(form.name());
        if (!file.toFile().exists()) {
            run.runner().children().run(qemuImg(qemuImg, true, Form.RAW, form, image.file(), file));
        }
        return file;
    }

    private Job job(Part part, Path source, DataSet.Image image, Peer qemuImg) {
        String name = QuarryProgram.NAME;
        int rounds = part.target.isSlow() ? SLOW_ROUNDS_MAX : Contender.ROUNDS_UNLIMITED;
        List<Contender> contenders =
                List.of(
                        new Conversion(part, image, qemuImg, name, Contender.ROUNDS_UNLIMITED) {
                            @Override
                            Invocation command(Path out) {
                                List<Object> words = words(part.source, part.target, source, out);
                                return run.quarry().command(words.toArray());
                            }
                        },
                        new Conversion(part, image, qemuImg, PeerPrograms.QEMU_IMG, rounds) {
                            @Override
                            Invocation command(Path out) {
                                return qemuImg(
                                        qemuImg, false, part.source, part.target, source, out);
                            }
                        },
                        new Conversion(part, image, qemuImg, QEMU_IMG_THREADS, rounds) {
                            @Override
                            Invocation command(Path out) {
                                return qemuImg(
                                        qemuImg, true, part.source, part.target, source, out);
                            }
                        });
        List<Floor> floors = new ArrayList<>();
        for (String peer : List.of(PeerPrograms.QEMU_IMG, QEMU_IMG_THREADS)) {
            floors.add(Floor.wall(name, peer, part.factor, 0));
            if (part.target.isCompressed()) {
                floors.add(Floor.output(name, peer, OUTPUT_FACTOR));
            }
        }
        return new Job(part.title(), contenders, floors);
    }

    /** What both programs take, word for word. */
    private static List<Object> words(Form source, Form target, Path from, Path to) {
        List<Object> words = new ArrayList<>(List.of("convert", "-f", source.format));
        words.addAll(List.of("-O", target.format));
        if (target.isCompressed()) {
            words.addAll(List.of(target.options.split(" ", -1)));
        }
        words.addAll(List.of(from, to));
        return words;
    }

    private static Invocation qemuImg(
            Peer qemuImg, boolean threads, Form source, Form target, Path from, Path to) {
        List<Object> words = words(source, target, from, to);
        if (threads) {
            words.addAll(1, List.of("-W", "-m", "16"));
        }
        words.addFirst(qemuImg.program());
        return Invocation.of(words.toArray());
    }

    /** One program's way. */
    private abstract class Conversion implements Contender {
        private final Part part;
        private final DataSet.Image image;
        private final Peer qemuImg;
        private final String name;
        private final int roundsMax;

        Conversion(Part part, DataSet.Image image, Peer qemuImg, String name, int roundsMax) {
            this.part = part;
            this.image = image;
            this.qemuImg = qemuImg;
            this.name = name;
            this.roundsMax = roundsMax;
        }

        abstract Invocation command(Path out);

        private Path out(Path folder) {
            return folder.resolve("out." + part.target.format);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int roundsMax() {
            return roundsMax;
        }

        @Override
        public List<Invocation> invocations(Path folder) {
            return List.of(command(out(folder)));
        }

        @Override
        public void verify(Path folder) throws IOException, InterruptedException {
            if (part.target == Form.RAW) {
                QuarryProgram.requireSame(image, out(folder));
            } else {
                run.runner()
                        .children()
                        .run(
                                Invocation.of(
                                        qemuImg.program(),
                                        "compare",
                                        "-f",
                                        part.target.format,
                                        "-F",
                                        "raw",
                                        out(folder),
                                        image.file()));
            }
        }

        @Override
        public long outputBytes(Path folder) throws IOException {
            return part.target.isCompressed() ? FileSizes.ofAll(folder) : 0;
        }
    }
}
