package dev.quarry.benchmarks.compression;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDictCompress;
import com.github.luben.zstd.ZstdDictTrainer;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Cutter;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.Grid;
import dev.quarry.image.DiskImage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** What a dictionary would save, and another order of the chunks in frames. */
final class FrameTrial {

    private static final int LEVEL = 1;
    private static final int DICTIONARY_BYTES = 110 << 10;
    private static final int TRAINING_BYTES = 12 << 20;
    private static final int SAMPLE_BYTES = 128 << 20;
    private static final int PIECE_BYTES = 1 << 20;
    private static final long SEED = 3;

    private final List<byte[]> chunks = new ArrayList<>();
    private long bytes;

    private FrameTrial() {}

    /** Cuts the different chunks of a disk, {@value #SAMPLE_BYTES} bytes of them at most. */
    static FrameTrial of(Path file) throws IOException {
        FrameTrial trial = new FrameTrial();
        Cutter cutter = new Cutter(CutterParameters.DEFAULT);
        BlockHasher hasher = new BlockHasher();
        Set<String> seen = new HashSet<>();
        byte[] digest = new byte[Grid.DIGEST_BYTES];
        try (DiskImage disk = Disks.open(file)) {
            byte[] piece = new byte[PIECE_BYTES];
            MemorySegment memory = MemorySegment.ofArray(piece);
            for (long at = 0;
                    at + PIECE_BYTES <= disk.size() && trial.bytes < SAMPLE_BYTES;
                    at += PIECE_BYTES) {
                disk.read(at, memory);
                int first = 0;
                for (int block = 0; block < PIECE_BYTES; block += Grid.BLOCK_BYTES) {
                    if (BlockHasher.isZeroBlock(memory, block)) {
                        trial.add(piece, first, block, seen);
                        first = block + Grid.BLOCK_BYTES;
                        continue;
                    }
                    hasher.hashBlock(memory, block, digest, 0);
                    int blocks = (block - first) / Grid.BLOCK_BYTES + 1;
                    if (cutter.endsAfter(digest, 0, blocks)) {
                        trial.add(piece, first, block + Grid.BLOCK_BYTES, seen);
                        first = block + Grid.BLOCK_BYTES;
                    }
                }
                trial.add(piece, first, PIECE_BYTES, seen);
            }
        }
        return trial;
    }

    private void add(byte[] piece, int from, int to, Set<String> seen) {
        if (to > from) {
            byte[] chunk = Arrays.copyOfRange(piece, from, to);
            String key =
                    new String(BlockHasher.sha256().digest(chunk), StandardCharsets.ISO_8859_1);
            if (seen.add(key)) {
                chunks.add(chunk);
                bytes += chunk.length;
            }
        }
    }

    /** The ratio with chunks as they come, and a dictionary or none. */
    double ratio(int frameBytes, boolean withDictionary) {
        return ratio(chunks, frameBytes, withDictionary ? dictionary() : new byte[0]);
    }

    /** The ratio with chunks by their first bytes, so that files of a kind stand together. */
    double sortedRatio(int frameBytes) {
        List<byte[]> order = new ArrayList<>(chunks);
        order.sort(Comparator.comparingLong(FrameTrial::head));
        return ratio(order, frameBytes, new byte[0]);
    }

    /** The ratio with chunks in any order. */
    double shuffledRatio(int frameBytes) {
        List<byte[]> order = new ArrayList<>(chunks);
        Collections.shuffle(order, new Random(SEED));
        return ratio(order, frameBytes, new byte[0]);
    }

    private static long head(byte[] chunk) {
        return Long.reverseBytes(
                MemorySegment.ofArray(chunk).get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
    }

    private byte[] dictionary() {
        ZstdDictTrainer trainer = new ZstdDictTrainer(TRAINING_BYTES, DICTIONARY_BYTES);
        int step = Math.max(1, (int) (bytes / TRAINING_BYTES));
        for (int i = 0; i < chunks.size() && trainer.addSample(chunks.get(i)); i += step) {
            // As many as it takes.
        }
        return trainer.trainSamples();
    }

    private double ratio(List<byte[]> order, int frameBytes, byte[] dictionary) {
        long encoded = 0;
        try (ZstdCompressCtx context = new ZstdCompressCtx().setLevel(LEVEL)) {
            if (dictionary.length > 0) {
                context.loadDict(new ZstdDictCompress(dictionary, LEVEL));
            }
            // A chunk may be larger than such a frame, and is then alone in it.
            int largest = Math.max(frameBytes, CutterParameters.DEFAULT.maximumBytes());
            byte[] target = new byte[Math.toIntExact(Zstd.compressBound(largest))];
            ByteArrayOutputStream frame = new ByteArrayOutputStream(frameBytes);
            for (byte[] chunk : order) {
                if (frame.size() + chunk.length > frameBytes) {
                    encoded += context.compress(target, frame.toByteArray());
                    frame.reset();
                }
                frame.write(chunk, 0, chunk.length);
            }
            encoded += context.compress(target, frame.toByteArray());
        }
        return (double) bytes / encoded;
    }
}
