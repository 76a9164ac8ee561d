package dev.quarry.benchmarks.limit;

import com.github.luben.zstd.ZstdDecompressCtx;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
import java.util.stream.Stream;

/**
 * Decodes all frames of a store's packs with zstd, hashes what comes out with the JDK's SHA-256 on
 * several threads, and does nothing else: the least that a program can take that must know that all
 * of a store can be read. It looks for frames as {@code store-format.md} says, and for no damage.
 *
 * <p>{@code DecodePacks FOLDER THREADS}.
 */
public final class DecodePacks {

    private static final int TRAILER_BYTES = 64;
    private static final int FRAME_ENTRY_BYTES = 32;
    private static final int CODEC_ZSTD = 1;

    /** Frames that a thread takes at once. */
    private static final int TURN_FRAMES = 16;

    private DecodePacks() {}

    /** A frame: where it is, and what it becomes. */
    private record Frame(FileChannel pack, long position, int stored, int plain, boolean zstd) {}

    /** Decodes, hashes and prints a digest for each thread. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        List<Frame> frames = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(args[0]))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".pack")).toList()) {
                // Open until the program ends.
                addFrames(FileChannel.open(file, StandardOpenOption.READ), frames);
            }
        }
        AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            threads.add(Thread.ofPlatform().start(() -> decode(frames, next)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void addFrames(FileChannel pack, List<Frame> frames) throws IOException {
        ByteBuffer trailer = read(pack, pack.size() - TRAILER_BYTES, TRAILER_BYTES);
        int count = trailer.getInt(8);
        ByteBuffer table = read(pack, trailer.getLong(0), count * FRAME_ENTRY_BYTES);
        for (int at = 0; at < table.capacity(); at += FRAME_ENTRY_BYTES) {
            frames.add(
                    new Frame(
                            pack,
                            table.getLong(at),
                            table.getInt(at + 8),
                            table.getInt(at + 12),
                            table.get(at + 24) == CODEC_ZSTD));
        }
    }

    private static ByteBuffer read(FileChannel file, long position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        readFully(file, position, buffer);
        return buffer.flip();
    }

    private static void readFully(FileChannel file, long position, ByteBuffer buffer)
            throws IOException {
        for (long at = position; buffer.hasRemaining(); ) {
            int got = file.read(buffer, at);
            if (got < 0) {
                throw new EOFException("ends at " + at);
            }
            at += got;
        }
    }

    private static void decode(List<Frame> frames, AtomicInteger next) {
        int largest =
                frames.stream()
                        .mapToInt(frame -> Math.max(frame.stored, frame.plain))
                        .max()
                        .orElse(0);
        ByteBuffer stored = ByteBuffer.allocateDirect(largest);
        ByteBuffer plain = ByteBuffer.allocateDirect(largest);
        try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (int from = next.getAndAdd(TURN_FRAMES);
                    from < frames.size();
                    from = next.getAndAdd(TURN_FRAMES)) {
                int end = Math.min(from + TURN_FRAMES, frames.size());
                for (Frame frame : frames.subList(from, end)) {
                    readFully(frame.pack, frame.position, stored.clear().limit(frame.stored));
                    stored.flip();
                    if (frame.zstd) {
                        zstd.decompress(plain.clear().limit(frame.plain), stored);
                        sha256.update(plain.flip());
                    } else {
                        sha256.update(stored);
                    }
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
