package dev.quarry.benchmarks.compression;

import dev.quarry.benchmarks.TextTable;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.store.StoreProperties;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The configurations that are tried, and their tables. */
public final class CompressionTrials {

    private static final int USUAL_FRAME = StoreProperties.DEFAULT.frameBytes();
    private static final int[] FRAMES = {64 << 10, 128 << 10, 512 << 10, 1 << 20};
    private static final int[] FRAMES_OF_DICTIONARY = {16 << 10, 64 << 10, USUAL_FRAME};
    private static final int LEVELS = 6;
    private static final double MIB = 1 << 20;

    private final Path work;
    private final List<Path> images;

    /**
     * @param work where stores are made
     * @param images of any format
     */
    public CompressionTrials(Path work, List<Path> images) {
        this.work = work;
        this.images = List.copyOf(images);
    }

    /** Codecs, levels and frame sizes. */
    public String stores() throws IOException {
        TextTable table =
                new TextTable(
                        "compression",
                        "frame KiB",
                        "ratio",
                        "packs MiB",
                        "import s",
                        "restore s",
                        "random 4 KiB us");
        // The first trial warms up.
        StoreTrial.run(work, StoreProperties.DEFAULT, images);
        for (String codec : List.of("none", "lz4")) {
            add(table, codec, USUAL_FRAME);
        }
        for (int level = 1; level <= LEVELS; level++) {
            add(table, "zstd:" + level, USUAL_FRAME);
        }
        for (int frame : FRAMES) {
            add(table, "zstd:1", frame);
        }
        for (int frame : FRAMES) {
            add(table, "lz4", frame);
        }
        return table.toString();
    }

    private void add(TextTable table, String compression, int frameBytes) throws IOException {
        StoreProperties usual = StoreProperties.DEFAULT.withCompression(compression);
        StoreProperties properties =
                new StoreProperties(
                        CutterParameters.DEFAULT, frameBytes, usual.codec(), usual.level());
        StoreTrial.Outcome outcome = StoreTrial.run(work, properties, images);
        table.add(
                compression,
                Integer.toString(frameBytes >> 10),
                number("%.3f", (double) outcome.newBytes() / outcome.storedBytes()),
                number("%.0f", outcome.storedBytes() / MIB),
                number("%.2f", outcome.importSeconds()),
                number("%.2f", outcome.restoreSeconds()),
                number("%.0f", outcome.randomMicros()));
    }

    /** Dictionaries and orders, on a part of the first image. */
    public String frames() throws IOException {
        TextTable table =
                new TextTable(
                        "frame KiB",
                        "as they come",
                        "with a dictionary",
                        "sorted by first bytes",
                        "in any order");
        FrameTrial trial = FrameTrial.of(images.getFirst());
        for (int frame : FRAMES_OF_DICTIONARY) {
            table.add(
                    Integer.toString(frame >> 10),
                    number("%.3f", trial.ratio(frame, false)),
                    number("%.3f", trial.ratio(frame, true)),
                    number("%.3f", trial.sortedRatio(frame)),
                    number("%.3f", trial.shuffledRatio(frame)));
        }
        return table.toString();
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
