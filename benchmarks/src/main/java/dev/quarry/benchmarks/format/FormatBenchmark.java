package dev.quarry.benchmarks.format;

import dev.quarry.ConvertRequest;
import dev.quarry.Quarry;
import dev.quarry.benchmarks.micro.FileSystemContent;
import dev.quarry.benchmarks.micro.RawLimit;
import dev.quarry.benchmarks.micro.Yardstick;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.chunk.Codec;
import dev.quarry.chunk.Grid;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.FileStorage;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** Maps and reads a disk in each format, on one thread. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FormatBenchmark {

    private static final int BYTES = 16 << 20;
    private static final int READ_BYTES = 1 << 20;
    private static final int CLUSTER_BYTES = 64 << 10;

    /** What qcow2 is compressed with where nobody says otherwise. */
    private static final int ZSTD_LEVEL = 3;

    /** The format, and after a hyphen how its data is encoded where it is. */
    @Param({"raw", "qcow2", "qcow2-zstd", "qcow2-zlib", "vmdk", "vmdk-stream"})
    private String variant = "raw";

    /** Where the image is made. */
    @Param("/dev/shm")
    private String folder = "/dev/shm";

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment content = arena.allocate(BYTES, Grid.BLOCK_BYTES);
    private final MemorySegment buffer = arena.allocate(READ_BYTES, Grid.BLOCK_BYTES);

    @SuppressWarnings("NullAway.Init")
    private WorkFolder work;

    @SuppressWarnings("NullAway.Init")
    private DiskImage disk;

    /** Makes the image. */
    @Setup
    public void fill() throws IOException {
        FileSystemContent.fill(content);
        work = new WorkFolder(Path.of(folder));
        Path raw = work.path().resolve("disk.raw");
        try (FileChannel channel =
                FileChannel.open(raw, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (ByteBuffer rest = content.asByteBuffer(); rest.hasRemaining(); ) {
                channel.write(rest);
            }
        }
        String format = variant.split("-", 2)[0];
        Path image = work.path().resolve("disk.image");
        CreateOptions plain = CreateOptions.defaults();
        CreateOptions options =
                switch (variant) {
                    case "qcow2-zstd" ->
                            with("compression_type", "zstd")
                                    .withEncoding(CreateOptions.Encoding.COMPRESSED);
                    case "qcow2-zlib" -> plain.withEncoding(CreateOptions.Encoding.COMPRESSED);
                    case "vmdk-stream" -> with("subformat", "streamOptimized");
                    default -> plain;
                };
        Quarry.convert(
                ConvertRequest.of(raw, image, format).withSourceFormat("raw").withOptions(options),
                ProgressListener.none(),
                new CancelToken());
        ImageFormats formats = ImageFormats.installed();
        disk = formats.named(format).open(FileStorage.open(image), OpenOptions.of(formats));
        Yardstick.use(
                BYTES,
                variant.equals("qcow2-zstd")
                        ? RawLimit.decompress(Codec.ZSTD, ZSTD_LEVEL, content, CLUSTER_BYTES)
                        : RawLimit.memoryCopy(content));
    }

    private static CreateOptions with(String option, String value) {
        return new CreateOptions(null, null, Map.of(option, value));
    }

    /** Reads the whole disk. */
    @Benchmark
    public MemorySegment read() throws IOException {
        for (long offset = 0; offset < BYTES; offset += READ_BYTES) {
            disk.read(offset, buffer);
        }
        return buffer;
    }

    /** Finds where all of the disk is, without reading it. */
    @Benchmark
    public long map() throws IOException {
        long mappings = 0;
        for (long offset = 0; offset < BYTES; mappings++) {
            offset += disk.map(offset, BYTES).length();
        }
        return mappings;
    }

    /** Deletes the image. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        disk.close();
        work.close();
    }
}
