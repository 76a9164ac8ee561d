package dev.quarry.benchmarks.read;

import dev.quarry.Quarry;
import dev.quarry.block.BlockSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Reads an image of a store at many places, one after the other, and writes what it found into a
 * file.
 *
 * <p>{@code RandomReads STORE ID PLACES BYTES OUT}, where each line of PLACES is an offset in the
 * image, and BYTES are read there.
 */
public final class RandomReads {

    private RandomReads() {}

    /** Runs the program. */
    public static void main(String[] args) throws IOException {
        List<String> places = Files.readAllLines(Path.of(args[2]));
        try (Quarry quarry = Quarry.open(Path.of(args[0]));
                BlockSource disk = quarry.disk(args[1]);
                FileChannel out =
                        FileChannel.open(
                                Path.of(args[4]),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Long.parseLong(args[3]));
            for (String place : places) {
                disk.read(Long.parseLong(place), buffer);
                for (ByteBuffer rest = buffer.asByteBuffer(); rest.hasRemaining(); ) {
                    out.write(rest);
                }
            }
        }
    }
}
