package dev.quarry.benchmarks.index;

import dev.quarry.benchmarks.TextTable;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.chunk.Grid;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Fills each index with the same ids, opens it, and asks it for ids that it has and has not. */
public final class IndexScale {

    private static final Duration ROUND = Duration.ofSeconds(2);
    private static final int ROUNDS = 4;
    private static final int BATCH = 1024;
    private static final long SEED = 17;
    private static final double MIB = 1 << 20;

    private final Path work;
    private final Keys keys;
    private final Duration roundLength;

    /**
     * @param work where the indexes are made, one after the other
     * @param chunks how many each has
     */
    public IndexScale(Path work, long chunks) {
        this(work, chunks, ROUND);
    }

    IndexScale(Path work, long chunks, Duration round) {
        this.roundLength = round;
        this.work = work;
        this.keys = new Keys(chunks);
    }

    /** How an index is made and opened. */
    private record Kind(String name, Filler filler, Opener opener) {}

    /** Makes one. */
    @FunctionalInterface
    private interface Filler {
        void fill(Path folder, Keys keys) throws IOException;
    }

    /** Opens one. */
    @FunctionalInterface
    private interface Opener {
        Contender open(Path folder) throws IOException;
    }

    /** Measures all, and gives the table. */
    public String run() throws IOException {
        TextTable table =
                new TextTable(
                        "index",
                        "chunks",
                        "fill s",
                        "disk MiB",
                        "open ms",
                        "heap MiB",
                        "hits/s",
                        "misses/s");
        List<Kind> kinds = new ArrayList<>();
        kinds.add(new Kind("quarry", QuarryIndex::fill, QuarryIndex::new));
        if (LmdbIndex.isPossible()) {
            kinds.add(new Kind("lmdb", LmdbIndex::fill, LmdbIndex::new));
        }
        kinds.add(new Kind("rocksdb", RocksIndex::fill, RocksIndex::new));
        for (Kind kind : kinds) {
            Path folder = work.resolve(kind.name());
            measure(kind, folder, table);
            WorkFolder.delete(folder);
        }
        return table.toString();
    }

    private void measure(Kind kind, Path folder, TextTable table) throws IOException {
        long begin = System.nanoTime();
        kind.filler().fill(folder, keys);
        double fillSeconds = (System.nanoTime() - begin) / 1e9;
        kind.opener().open(folder).close();
        long before = usedHeap();
        begin = System.nanoTime();
        try (Contender contender = kind.opener().open(folder)) {
            double openMillis = (System.nanoTime() - begin) / 1e6;
            double hits = rate(contender, true);
            double misses = rate(contender, false);
            table.add(
                    kind.name(),
                    Long.toString(keys.count()),
                    number("%.1f", fillSeconds),
                    number("%.0f", size(folder) / MIB),
                    number("%.1f", openMillis),
                    number("%.1f", (usedHeap() - before) / MIB),
                    number("%.0f", hits),
                    number("%.0f", misses));
        }
    }

    /** Look-ups in a second, on one thread; the last round counts. */
    private double rate(Contender contender, boolean known) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[][] ids = new byte[BATCH][Grid.DIGEST_BYTES];
        double rate = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long nanos = 0;
            long asked = 0;
            while (nanos < roundLength.toNanos()) {
                for (byte[] id : ids) {
                    long rank = random.nextLong(keys.count());
                    if (known) {
                        keys.write(rank, id);
                    } else {
                        keys.writeMissing(rank, id);
                    }
                }
                long begin = System.nanoTime();
                for (byte[] id : ids) {
                    if (contender.has(id) != known) {
                        throw new IOException("an index gave a wrong answer");
                    }
                }
                nanos += System.nanoTime() - begin;
                asked += ids.length;
            }
            rate = asked * 1e9 / nanos;
        }
        return rate;
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long size = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
            }
            return size;
        }
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
