package dev.quarry.benchmarks.limit;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hashes ranges of a file with the JDK's SHA-256 on several threads, and does nothing else: the
 * least that a program can take that must know a file's content again.
 *
 * <p>{@code HashRanges FILE RANGES THREADS}, where each line of RANGES is a position and a length.
 */
public final class HashRanges {

    /** A piece of work: small enough that two threads end together. */
    private static final long PIECE_BYTES = 8 << 20;

    /** As much as the engine reads at once; it stays in the second-level cache. */
    private static final int READ_BYTES = 256 << 10;

    private HashRanges() {}

    /** Hashes and prints a digest for each thread, so that nothing can be left out as unused. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        List<long[]> pieces = pieces(Files.readAllLines(Path.of(args[1])));
        AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        try (FileChannel file = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ)) {
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                threads.add(Thread.ofPlatform().start(() -> hash(file, pieces, next)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static List<long[]> pieces(List<String> lines) {
        List<long[]> pieces = new ArrayList<>();
        for (String line : lines) {
            int space = line.indexOf(' ');
            long position = Long.parseLong(line.substring(0, space));
            long end = position + Long.parseLong(line.substring(space + 1));
            for (long from = position; from < end; from += PIECE_BYTES) {
                pieces.add(new long[] {from, Math.min(end, from + PIECE_BYTES)});
            }
        }
        return pieces;
    }

    private static void hash(FileChannel file, List<long[]> pieces, AtomicInteger next) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
            for (int i = next.getAndIncrement(); i < pieces.size(); i = next.getAndIncrement()) {
                long end = pieces.get(i)[1];
                for (long position = pieces.get(i)[0]; position < end; ) {
                    buffer.clear().limit((int) Math.min(READ_BYTES, end - position));
                    int got = file.read(buffer, position);
                    if (got <= 0) {
                        throw new EOFException("ends at " + position);
                    }
                    sha256.update(buffer.flip());
                    position += got;
                }
            }
            System.out.println(HexFormat.of().formatHex(sha256.digest()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
