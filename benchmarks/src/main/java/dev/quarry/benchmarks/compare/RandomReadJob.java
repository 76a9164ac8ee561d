package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.read.RandomReads;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Reading an image at random places of its data: a program that embeds the library and reads from a
 * store, and qemu-io, which reads from a compressed qcow2 file.
 */
final class RandomReadJob {

    private static final long SEED = 20261129;
    private static final String PROGRAM = "quarry as library";

    private static final String PLACES = "places";
    private static final String OUT = "out";

    private final Path jvmOptions;
    private final DataSet.Image image;
    private final int bytes;
    private final List<Long> places;

    /**
     * @param jvmOptions the file with those that the command runs with
     * @param bytes that are read at each place, a power of two
     * @param count of places
     */
    RandomReadJob(Path jvmOptions, DataSet.Image image, int bytes, int count) {
        this.jvmOptions = jvmOptions;
        this.image = image;
        this.bytes = bytes;
        this.places = places(image, bytes, count);
    }

    /** Places are multiples of what is read, evenly spread over the image's data. */
    private static List<Long> places(DataSet.Image image, int bytes, int count) {
        List<Long> all = new ArrayList<>();
        for (DataSet.Range range : image.ranges()) {
            long end = range.position() + range.length();
            long first = Math.ceilDiv(range.position(), bytes) * (long) bytes;
            for (long at = first; at + bytes <= end; at += bytes) {
                all.add(at);
            }
        }
        return new SplittableRandom(SEED).ints(count, 0, all.size()).mapToObj(all::get).toList();
    }

    String title() {
        return places.size() + " random reads of " + (bytes >> 10) + " KiB";
    }

    /** Reads from a store that has the image. */
    Contender library(QuarryProgram.Stock stock) {
        return new Contender() {
            @Override
            public String name() {
                return PROGRAM;
            }

            @Override
            public void prepare(Path folder) throws IOException {
                Files.write(folder.resolve(PLACES), places.stream().map(String::valueOf).toList());
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of(
                        Invocation.of(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                "@" + jvmOptions,
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                RandomReads.class.getName(),
                                stock.folder(),
                                stock.id(image),
                                folder.resolve(PLACES),
                                bytes,
                                folder.resolve(OUT)));
            }

            @Override
            public void verify(Path folder) throws IOException {
                requireWhatIsThere(folder.resolve(OUT));
            }
        };
    }

    private void requireWhatIsThere(Path file) throws IOException {
        try (FileChannel raw = FileChannel.open(image.file(), StandardOpenOption.READ);
                FileChannel read = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer expected = ByteBuffer.allocate(bytes);
            ByteBuffer found = ByteBuffer.allocate(bytes);
            for (int i = 0; i < places.size(); i++) {
                fill(raw, places.get(i), expected);
                fill(read, (long) i * bytes, found);
                if (!expected.equals(found)) {
                    throw new IOException(
                            "what was read of "
                                    + image.name()
                                    + " at "
                                    + places.get(i)
                                    + " is not what is there");
                }
            }
        }
    }

    private static void fill(FileChannel file, long position, ByteBuffer target)
            throws IOException {
        target.clear();
        while (target.hasRemaining() && file.read(target, position + target.position()) > 0) {}
        target.flip();
    }

    /** Reads from a compressed qcow2 file. */
    Contender qemuIo(Peer qemuIo, Path file) {
        return new Contender() {
            @Override
            public String name() {
                return PeerPrograms.QEMU_IO;
            }

            @Override
            public void prepare(Path folder) throws IOException {
                Files.write(
                        folder.resolve(PLACES),
                        places.stream().map(place -> "read -q " + place + " " + bytes).toList());
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of(
                        Invocation.of(
                                "sh",
                                "-c",
                                "exec \"$0\" -r -f qcow2 \"$1\" < \"$2\"",
                                qemuIo.program(),
                                file,
                                folder.resolve(PLACES)));
            }
        };
    }
}
