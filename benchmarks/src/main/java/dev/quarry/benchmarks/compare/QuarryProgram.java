package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.ChildRunner;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.json.JsonTree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The command as its users start it, and ways to do jobs with it. */
public final class QuarryProgram {

    static final String NAME = "quarry";

    /** What was built is measured: a source that changes meanwhile starts no build. */
    private static final Map<String, String> ENVIRONMENT = Map.of("QUARRY_BUILD", "never");

    private final Path launcher;

    /**
     * @param launcher {@code cli/bin/quarry}
     */
    public QuarryProgram(Path launcher) {
        this.launcher = launcher;
    }

    /** The file with the options of the JVM that the command runs on. */
    Path jvmOptions() {
        return launcher.resolveSibling("quarry.jvm");
    }

    /** A command line of it. */
    public Invocation command(Object... arguments) {
        List<Object> words = new ArrayList<>();
        words.add(launcher);
        words.addAll(List.of(arguments));
        return Invocation.of(words.toArray()).with(ENVIRONMENT);
    }

    /** A command line of it for a store. */
    public Invocation inStore(Path store, Object... arguments) {
        List<Object> words = new ArrayList<>(List.of("--store", store));
        words.addAll(List.of(arguments));
        return command(words.toArray());
    }

    /** The command's first line of {@code --version}. */
    String version(ChildRunner children) throws IOException, InterruptedException {
        children.run(command("--version"));
        return children.stdout().lines().findFirst().orElse("");
    }

    /** Imports images into a new store with one command. */
    Contender imports(DataSet data) {
        return new Import(NAME, data, Contender.ROUNDS_UNLIMITED) {
            @Override
            public List<Invocation> invocations(Path folder) {
                List<Object> words = new ArrayList<>(List.of("import"));
                data.images().forEach(image -> words.add(image.file()));
                return List.of(inStore(folder.resolve("store"), words.toArray()));
            }
        };
    }

    /** Imports images into a new store with a command for each. */
    Contender importsOneByOne(DataSet data) {
        return new Import(NAME + ", one by one", data, Contender.ROUNDS_UNLIMITED);
    }

    /** Imports images in one round, without warming up. */
    Contender importsOnce(DataSet data) {
        return new Import(NAME, data, 1);
    }

    private class Import implements Contender {
        private final String name;
        private final DataSet data;
        private final int roundsMax;

        Import(String name, DataSet data, int roundsMax) {
            this.name = name;
            this.data = data;
            this.roundsMax = roundsMax;
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
            return data.images().stream()
                    .map(image -> inStore(folder.resolve("store"), "import", image.file()))
                    .toList();
        }

        @Override
        public long outputBytes(Path folder) throws IOException {
            return FileSizes.ofAll(folder.resolve("store"));
        }
    }

    /**
     * A store that has images.
     *
     * @param folder where it is
     * @param imageIds by the names of the data set's images
     */
    record Stock(Path folder, Map<String, String> imageIds) {

        String id(DataSet.Image image) {
            String id = imageIds.get(image.name());
            if (id == null) {
                throw new IllegalArgumentException("not in stock: " + image.name());
            }
            return id;
        }
    }

    /** Imports and registers the images, without measuring it. */
    Stock stock(DataSet data, Path store, ChildRunner children)
            throws IOException, InterruptedException {
        Map<String, String> ids = new HashMap<>();
        for (DataSet.Image image : data.images()) {
            // A file's own name may be none that an image can have.
            String name = "image-" + (ids.size() + 1);
            children.run(inStore(store, "import", image.file(), "--name", name, "--json"));
            ids.put(image.name(), imageId(children));
        }
        return new Stock(store, ids);
    }

    /** The id of the image that the last program, an import with {@code --json}, registered. */
    public static String imageId(ChildRunner children) throws IOException {
        Map<String, Object> json = JsonTree.readObject(children.stdout());
        if (json.get("Images") instanceof List<?> images
                && !images.isEmpty()
                && images.getFirst() instanceof Map<?, ?> image
                && image.get("ImageId") instanceof String id) {
            return id;
        }
        throw new IOException("import names no image: " + json);
    }

    /** Imports an image that the store has; its output is what the store grows by. */
    Contender importsAgain(Stock stock, DataSet.Image image) {
        return new Contender() {
            private long before;

            @Override
            public String name() {
                return NAME;
            }

            @Override
            public void prepare(Path folder) throws IOException {
                before = FileSizes.ofAll(stock.folder());
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of(inStore(stock.folder(), "import", image.file()));
            }

            @Override
            public long outputBytes(Path folder) throws IOException {
                return FileSizes.ofAll(stock.folder()) - before;
            }
        };
    }

    /** Launches an image with one raw volume. */
    Contender launches(Stock stock, DataSet.Image image) {
        return new Contender() {
            @Override
            public String name() {
                return NAME;
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of(
                        inStore(
                                stock.folder(),
                                "launch",
                                stock.id(image),
                                "--out",
                                folder.resolve("out")));
            }

            @Override
            public void verify(Path folder) throws IOException {
                requireSame(image, largestFile(folder.resolve("out")));
            }
        };
    }

    /** Exports an image's root volume as a raw file. */
    Contender exports(Stock stock, DataSet.Image image) {
        return new Rebuild(
                NAME,
                image,
                target -> inStore(stock.folder(), "export", stock.id(image), target, "-O", "raw"));
    }

    /** Runs a command that makes nothing. */
    Contender runs(Object... arguments) {
        return new Single(NAME, command(arguments));
    }

    private static Path largestFile(Path folder) throws IOException {
        Path largest = folder;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (largest.equals(folder) || Files.size(file) > Files.size(largest)) {
                    largest = file;
                }
            }
        }
        return largest;
    }

    /** Fails if a file is not, byte for byte, an image. */
    static void requireSame(DataSet.Image image, Path file) throws IOException {
        long at = Files.mismatch(image.file(), file);
        if (at >= 0) {
            throw new IOException(
                    file + " differs from " + image.file() + " from byte " + at + " on");
        }
    }
}
