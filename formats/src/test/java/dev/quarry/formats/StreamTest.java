package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.ConvertRequest;
import dev.quarry.ConvertResult;
import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.stream.Compression;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.image.stream.ImageStreams;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;
import dev.quarry.testdata.VmdkOracle;
import dev.quarry.testdata.VmdkOracle.Options;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** What comes through a pipe, whole and cut; the compressors are not ours. */
final class StreamTest {

    private static final int RUNS = 25;
    private static final int SECTOR = 512;

    @TempDir Path folder;

    private byte[] content = new byte[0];
    private Path raw = Path.of("");
    private Path target = Path.of("");

    @BeforeEach
    void makeContent() throws IOException {
        // More than one page of an import, several of a conversion, with holes, and of an odd size.
        content =
                Arrays.copyOf(RandomContent.bytes(Replay.generator(61), 3 << 20, 4096), 70_000_001);
        byte[] more = RandomContent.bytes(Replay.generator(62), 2_000_001, 512);
        System.arraycopy(more, 0, content, content.length - more.length, more.length);
        System.arraycopy(more, 0, content, 40_000_000, more.length);
        raw = folder.resolve("disk.raw");
        RawOracle.write(Content.of(content), raw);
        target = folder.resolve("target.raw");
    }

    /** Hands out few bytes at a time and says that none are available, as a slow pipe does. */
    private static final class Pipe extends InputStream {
        private final InputStream in;
        private final RandomGenerator random;

        Pipe(byte[] bytes, long seed) {
            this.in = new ByteArrayInputStream(bytes);
            this.random = Replay.generator(seed);
        }

        @Override
        public int read() throws IOException {
            return in.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return in.read(target, offset, Math.min(length, 1 + random.nextInt(70_000)));
        }

        @Override
        public int available() {
            return 0;
        }
    }

    private ConvertResult convert(byte[] stream) throws IOException {
        return convert(
                ConvertRequest.of(Path.of("-"), target, "raw").withInput(new Pipe(stream, 1)));
    }

    private static ConvertResult convert(ConvertRequest request) throws IOException {
        return Quarry.convert(request, ProgressListener.none(), new CancelToken());
    }

    private void assertRefused(Kind kind, byte[] stream) {
        ImageException e = assertThrows(ImageException.class, () -> convert(stream));
        assertEquals(kind, e.kind(), e::toString);
        assertFalse(Files.exists(target), "half of a disk has the target's name");
    }

    private Path compressed(Compression compression) throws IOException {
        return compressed(raw, compression);
    }

    private Path compressed(Path file, Compression compression) throws IOException {
        Path copy = folder.resolve("copy.raw");
        Files.copy(file, copy, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        String[] words =
                switch (compression) {
                    case GZIP -> new String[] {"gzip", "-1", ".gz"};
                    case XZ -> new String[] {"xz", "-0", ".xz"};
                    case ZSTD -> new String[] {"zstd", "-q", ".zst"};
                };
        ForeignTool.require(words[0]).run(words[1], copy).expectSuccess();
        return folder.resolve("copy.raw" + words[2]);
    }

    @Test
    void rawComesOutWhole() throws IOException {
        ConvertResult result = convert(content);
        assertTrue(result.isGuess());
        assertEquals(content.length, result.sourceBytes());
        assertEquals(-1, Files.mismatch(raw, target));
    }

    @Test
    void emptyInputIsAnEmptyDiskIfItsFormatIsNamed() throws IOException {
        ConvertRequest request =
                ConvertRequest.of(Path.of("-"), target, "raw").withInput(new Pipe(new byte[0], 1));
        assertEquals(0, convert(request.withSourceFormat("raw")).sourceBytes());
        assertEquals(0, Files.size(target));
        Files.delete(target);
        assertRefused(Kind.TRUNCATED, new byte[0]);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void compressedRawComesOutWhole(Compression compression) throws IOException {
        Path file = compressed(compression);
        ConvertResult piped = convert(Files.readAllBytes(file));
        assertEquals(compression, piped.compression());
        assertEquals(-1, Files.mismatch(raw, target));
        Files.delete(target);
        ConvertResult read = convert(ConvertRequest.of(file, target, "raw"));
        assertEquals(compression, read.compression());
        assertEquals(-1, Files.mismatch(raw, target));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void severalMembersAreOneDisk(Compression compression) throws IOException {
        byte[] one = Files.readAllBytes(compressed(compression));
        convert(joined(one, one));
        byte[] twice = Files.readAllBytes(target);
        assertEquals(content.length * 2, twice.length);
        assertTrue(Arrays.equals(content, 0, content.length, twice, 0, content.length));
        assertTrue(Arrays.equals(content, 0, content.length, twice, content.length, twice.length));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void whatIsCutIsRefused(Compression compression) throws IOException {
        byte[] whole = Files.readAllBytes(compressed(compression));
        for (int length : new int[] {whole.length - 1, whole.length - 5, whole.length / 2, 20}) {
            assertRefused(Kind.TRUNCATED, Arrays.copyOf(whole, length));
        }
    }

    /** One frame may end, and another begin, in the same buffer; some hold no data at all. */
    @Test
    void whatIsCutInALaterZstdFrameIsRefused() throws IOException {
        byte[] one = Files.readAllBytes(compressed(Compression.ZSTD));
        byte[] skipped = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
        for (byte[] next : new byte[][] {one, skipped}) {
            byte[] both = joined(one, next);
            for (int length : new int[] {1, 3, 5, 8, next.length / 2, next.length - 1}) {
                assertRefused(Kind.TRUNCATED, Arrays.copyOf(both, one.length + length));
            }
            convert(both);
            Files.delete(target);
        }
    }

    /** As pzstd writes them. */
    @Test
    void zstdThatBeginsWithAFrameToSkipComesOutWhole() throws IOException {
        byte[] skipped = {0x5f, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};
        byte[] zstd = Files.readAllBytes(compressed(Compression.ZSTD));
        ConvertResult result = convert(joined(skipped, zstd));
        assertEquals(Compression.ZSTD, result.compression());
        assertEquals(-1, Files.mismatch(raw, target));
    }

    private static byte[] joined(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void whatIsDamagedIsRefused(Compression compression) throws IOException {
        byte[] whole = Files.readAllBytes(compressed(compression));
        whole[whole.length - 6] ^= 0x10;
        assertRefused(Kind.CORRUPT, whole);
    }

    @Test
    void somethingBehindGzipIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(compressed(Compression.GZIP));
        byte[] more = Arrays.copyOf(whole, whole.length + 3);
        convert(more); // Zeros, as tapes leave them.
        assertEquals(-1, Files.mismatch(raw, target));
        Files.delete(target);
        Arrays.fill(more, whole.length, more.length, (byte) 'x');
        assertRefused(Kind.CORRUPT, more);
    }

    @Test
    void bytesAreTakenAsTheyAreWhereTheFormatIsNamed() throws IOException {
        Path file = compressed(Compression.GZIP);
        convert(
                ConvertRequest.of(Path.of("-"), target, "raw")
                        .withInput(Files.newInputStream(file))
                        .withSourceFormat("raw"));
        assertEquals(-1, Files.mismatch(file, target));
    }

    @Test
    void aFormatThatNeedsAFileIsRefused() throws IOException {
        byte[] qcow2 = new byte[4096];
        System.arraycopy(new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3}, 0, qcow2, 0, 8);
        assertRefused(Kind.UNSUPPORTED, qcow2);
    }

    /** Its decompressor has native memory that no garbage collector frees. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void aStreamThatIsRefusedIsClosed(Compression compression) throws IOException {
        byte[] qcow2 = new byte[4096];
        System.arraycopy(new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3}, 0, qcow2, 0, 8);
        Path file = Files.write(folder.resolve("disk.qcow2"), qcow2);
        boolean[] closed = new boolean[1];
        InputStream bytes =
                new ByteArrayInputStream(Files.readAllBytes(compressed(file, compression))) {
                    @Override
                    public void close() {
                        closed[0] = true;
                    }
                };
        ForwardInput input = new ForwardInput(bytes, "memory");
        assertThrows(
                ImageException.class,
                () -> ImageStreams.open(ImageFormats.installed(), input, null));
        assertTrue(closed[0]);
    }

    @Test
    void importsAreTheSameAsFromAFile() throws IOException {
        try (Quarry store = Quarry.openOrCreate(folder.resolve("store"))) {
            ImportResult file = importInto(store, ImportRequest.of(raw).withFormat("raw"));
            ImportRequest request = ImportRequest.of(Path.of("-"));
            ImportResult piped = importInto(store, request.withInput(new Pipe(content, 2)));
            assertEquals(file.content().root(), piped.content().root());
            assertEquals(file.content().content(), piped.content().content());
            assertEquals(content.length, piped.content().sizeBytes());
            ImportResult gzip = importInto(store, ImportRequest.of(compressed(Compression.GZIP)));
            assertEquals(file.content().root(), gzip.content().root());
        }
    }

    private static ImportResult importInto(Quarry store, ImportRequest request) throws IOException {
        return store.importImage(request, ProgressListener.none(), new CancelToken());
    }

    // ---- streamOptimized

    private byte[] vmdk(byte[] bytes, Options options) throws IOException {
        Path path = folder.resolve("stream.vmdk");
        VmdkOracle.writeStreamOptimized(Content.of(bytes), path, options);
        return Files.readAllBytes(path);
    }

    @Test
    void anyStreamOptimizedVmdkComesOutWhole() {
        Replay.seeds(
                RUNS,
                random -> {
                    int size = random.nextInt(1, 20_000) * SECTOR;
                    byte[] bytes = RandomContent.bytes(random, size, SECTOR);
                    Options options = Options.plain().withSeed(random.nextLong());
                    byte[] stream =
                            vmdk(
                                    bytes,
                                    random.nextBoolean()
                                            ? options
                                            : options.withDirectoryInFront());
                    ConvertResult result = convert(stream);
                    assertEquals("vmdk", result.sourceFormat());
                    assertArrayEquals(bytes, Files.readAllBytes(target));
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"qcow2", "raw"})
    void theStreamThatQemuWritesComesOutWhole(String format) throws IOException {
        Path path = folder.resolve("qemu.vmdk");
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        qemuImg.run(
                        "convert",
                        "-f",
                        "raw",
                        "-O",
                        "vmdk",
                        "-o",
                        "subformat=streamOptimized",
                        raw,
                        path)
                .expectSuccess();
        convert(
                ConvertRequest.of(Path.of("-"), target, format)
                        .withInput(new Pipe(Files.readAllBytes(path), 3)));
        qemuImg.run("compare", "-f", "vmdk", "-F", format, path, target).expectSuccess();
        byte[] cut = Arrays.copyOf(Files.readAllBytes(path), (int) Files.size(path) - 200_000);
        Files.delete(target);
        assertRefused(Kind.TRUNCATED, cut);
    }

    @Test
    void aStreamWithoutItsEndIsRefused() throws IOException {
        byte[] stream = vmdk(Arrays.copyOf(content, 4 << 20), Options.plain());
        for (int sectors : new int[] {1, 2, 4, 10, 100}) {
            assertRefused(Kind.TRUNCATED, Arrays.copyOf(stream, stream.length - sectors * SECTOR));
        }
    }

    /** Whether the tables stand behind or in front, and whether the end is marked. */
    @ParameterizedTest
    @ValueSource(strings = {"footer", "front", "qemu"})
    void somethingBehindAStreamIsRefused(String writer) throws IOException {
        byte[] stream;
        if (writer.equals("qemu")) {
            Path path = folder.resolve("qemu.vmdk");
            ForeignTool.require("qemu-img")
                    .run("convert", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, path)
                    .expectSuccess();
            stream = Files.readAllBytes(path);
        } else {
            Options options = Options.plain();
            stream =
                    vmdk(
                            Arrays.copyOf(content, 4 << 20),
                            writer.equals("front") ? options.withDirectoryInFront() : options);
        }
        convert(Arrays.copyOf(stream, stream.length + 70_000)); // Zeros, as devices have them.
        Files.delete(target);
        for (int behind : new int[] {1, 512, 70_000}) {
            byte[] more = Arrays.copyOf(stream, stream.length + behind);
            more[more.length - 1] = 'x';
            assertRefused(Kind.CORRUPT, more);
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void aCompressedStreamIsReadToTheEndOfItsCompression(Compression compression)
            throws IOException {
        vmdk(Arrays.copyOf(content, 4 << 20), Options.plain());
        byte[] whole = Files.readAllBytes(compressed(folder.resolve("stream.vmdk"), compression));
        for (int cut : new int[] {1, 3, 4}) {
            assertRefused(Kind.TRUNCATED, Arrays.copyOf(whole, whole.length - cut));
        }
        byte[] damaged = whole.clone();
        damaged[whole.length - 6] ^= 0x10;
        assertRefused(Kind.CORRUPT, damaged);
        convert(whole);
    }

    /** Cuts the first grain out: what follows moves up, and no table agrees any more. */
    @Test
    void aStreamThatLostAGrainIsRefused() throws IOException {
        byte[] stream = vmdk(Arrays.copyOf(content, 4 << 20), Options.plain());
        int first = 128 * SECTOR;
        int size =
                java.nio.ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN).getInt(first + 8);
        int grain = Math.ceilDiv(12 + size, SECTOR) * SECTOR;
        byte[] lost = new byte[stream.length - grain];
        System.arraycopy(stream, 0, lost, 0, first);
        System.arraycopy(stream, first + grain, lost, first, lost.length - first);
        assertRefused(Kind.CORRUPT, lost);
    }

    /** Overwrites a table and its marker by a grain's remains: its grains are in no table. */
    @Test
    void aStreamThatLostATableIsRefused() throws IOException {
        byte[] stream = vmdk(Arrays.copyOf(content, 40 << 20), Options.plain());
        java.nio.ByteBuffer words = java.nio.ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
        int at = 128 * SECTOR;
        while (words.getInt(at + 8) != 0) {
            at += Math.ceilDiv(12 + words.getInt(at + 8), SECTOR) * SECTOR;
        }
        assertEquals(1, words.getInt(at + 12));
        Arrays.fill(stream, at + SECTOR, at + 5 * SECTOR, (byte) 0);
        assertRefused(Kind.CORRUPT, stream);
    }

    @Test
    void otherVmdksAreRefused() throws IOException {
        Path path = folder.resolve("sparse.vmdk");
        VmdkOracle.writeMonolithicSparse(Content.of(new byte[1 << 20]), path, Options.plain());
        assertRefused(Kind.UNSUPPORTED, Files.readAllBytes(path));
    }
}
