package dev.quarry.benchmarks.compare;

import com.github.luben.zstd.Zstd;

import dev.quarry.benchmarks.limit.DecodePacks;
import dev.quarry.benchmarks.limit.HashRanges;
import dev.quarry.benchmarks.limit.Hello;
import dev.quarry.benchmarks.process.Invocation;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The programs of {@link dev.quarry.benchmarks.limit}, on the JVM that this one runs on. */
final class JvmLimits {

    static final String HELLO = "hello";
    static final String SHA_256 = "sha-256";
    static final String DECODE = "zstd + sha-256";

    private final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    private final Path classes;
    private final int threads;

    /**
     * @param classes an empty folder; the programs are put there as single classes, because a JVM
     *     that has a jar with many others to look at starts later
     * @param threads that hash at once
     */
    JvmLimits(Path classes, int threads) throws IOException {
        this.classes = classes;
        this.threads = threads;
        extract(DecodePacks.class);
        extract(DecodePacks.class.getName() + "$Frame");
        extract(Hello.class);
        extract(HashRanges.class);
    }

    private void extract(Class<?> program) throws IOException {
        extract(program.getName());
    }

    private void extract(String program) throws IOException {
        String file = program.replace('.', '/') + ".class";
        Path target = classes.resolve(file);
        Files.createDirectories(target.getParent());
        try (InputStream in = JvmLimits.class.getClassLoader().getResourceAsStream(file)) {
            if (in == null) {
                throw new IOException("the benchmarks lack " + file);
            }
            Files.copy(in, target);
        }
    }

    /** A JVM that says hello. */
    Contender hello() {
        return new Single(HELLO, Invocation.of(java, "-cp", classes, Hello.class.getName()));
    }

    /** A JVM that decodes and hashes the packs of a store that is compressed with zstd. */
    Contender decodes(Path store) {
        String zstd = Zstd.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return new Single(
                DECODE,
                Invocation.of(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classes + File.pathSeparator + zstd,
                        DecodePacks.class.getName(),
                        store.resolve("packs"),
                        threads));
    }

    /** A JVM that hashes an image's data. */
    Contender hashes(DataSet.Image image) {
        return new Contender() {
            @Override
            public String name() {
                return SHA_256;
            }

            @Override
            public void prepare(Path folder) throws IOException {
                DataSet.writeRanges(image, folder);
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of(
                        Invocation.of(
                                java,
                                "-cp",
                                classes,
                                HashRanges.class.getName(),
                                image.file(),
                                DataSet.rangesFile(image, folder),
                                threads));
            }
        };
    }
}
