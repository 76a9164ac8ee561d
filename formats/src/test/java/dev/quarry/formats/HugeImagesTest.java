package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.ForwardDisk;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.image.stream.ImageStreams;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;
import dev.quarry.testdata.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Images that claim much, up to each limit: opening them stays within {@link OpeningBudget},
 * describing them reads next to nothing, and an empty disk costs the same at any size.
 */
final class HugeImagesTest {

    private static final int CLUSTER = 2 << 20;

    /** What describing may read: header, descriptor or listing. */
    private static final long DESCRIBING_BYTES_MAX = 8 << 20;

    @TempDir Path folder;

    /** Counts what is read and asked of a file. */
    private static final class CountingStorage implements Storage {
        private final Storage file;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicLong calls = new AtomicLong();

        CountingStorage(Storage file) {
            this.file = file;
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public void read(long position, MemorySegment target) throws IOException {
            calls.incrementAndGet();
            bytes.addAndGet(target.byteSize());
            file.read(position, target);
        }

        @Override
        public long nextData(long position, long limit) throws IOException {
            calls.incrementAndGet();
            return file.nextData(position, limit);
        }

        @Override
        public long nextHole(long position, long limit) throws IOException {
            calls.incrementAndGet();
            return file.nextHole(position, limit);
        }

        @Override
        public long allocatedBytes() throws IOException {
            return file.allocatedBytes();
        }

        @Override
        public Storage openSibling(String fileName) throws IOException {
            return file.openSibling(fileName);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private Path write(String name, long size, ByteBuffer head) throws IOException {
        Path path = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
            head.clear();
            file.getChannel().write(head);
        }
        return path;
    }

    /** Clusters of 2 MiB, an L1 table of 32 MiB, half an exabyte; every L1 entry names a table. */
    private Path largestQcow2() throws IOException {
        int entries = (32 << 20) / 8;
        ByteBuffer head = ByteBuffer.allocate(2 * CLUSTER + (32 << 20));
        head.putInt(0x514649fb).putInt(3).putLong(0).putInt(0).putInt(21);
        head.putLong((long) entries * (CLUSTER / 8) * CLUSTER - 512).putInt(0).putInt(entries);
        head.putLong(2 * CLUSTER).putLong(CLUSTER).putInt(1).putInt(0).putLong(0);
        head.putLong(0).putLong(0).putLong(0).putInt(4).putInt(104);
        head.position(2 * CLUSTER);
        for (int i = 0; i < entries; i++) {
            head.putLong(1L << 63 | (18L + i) * CLUSTER);
        }
        return write("largest.qcow2", head.capacity(), head);
    }

    /** 65,536 snapshots, whose names and extra data are as long as they may be together. */
    private Path snapshots() throws IOException {
        int count = 65_536;
        ByteBuffer head = ByteBuffer.allocate(3 * 65_536 + count * 64);
        head.putInt(0x514649fb).putInt(3).putLong(0).putInt(0).putInt(16);
        head.putLong(0).putInt(0).putInt(1).putLong(2 * 65_536).putLong(65_536).putInt(1);
        head.putInt(count).putLong(3 * 65_536);
        head.putLong(0).putLong(0).putLong(0).putInt(4).putInt(104);
        head.position(3 * 65_536);
        for (int i = 0; i < count; i++) {
            head.putLong(2 * 65_536).putInt(1).putShort((short) 0).putShort((short) 8);
            head.putInt(0).putInt(0).putLong(0).putInt(0).putInt(16);
            head.putLong(0).putLong(0);
            head.put(String.format("%08d", i).getBytes(StandardCharsets.US_ASCII));
        }
        return write("snapshots.qcow2", head.capacity(), head);
    }

    /** A grain directory of 32 MiB, whose every entry names the same table. */
    private Path largestVmdk() throws IOException {
        int tables = (32 << 20) / 4;
        long sectors = (long) tables * 512 * 128;
        ByteBuffer head = ByteBuffer.allocate(64 * 512 + (32 << 20)).order(ByteOrder.LITTLE_ENDIAN);
        head.put("KDMV".getBytes(StandardCharsets.US_ASCII)).putInt(1).putInt(1);
        head.putLong(sectors).putLong(128).putLong(1).putLong(20).putInt(512).putLong(0);
        head.putLong(64).putLong(64 + (32 << 20) / 512).put((byte) 0);
        head.put(new byte[] {0x0a, 0x20, 0x0d, 0x0a}).putShort((short) 0);
        head.position(512);
        head.put(
                ("# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n"
                                + "createType=\"monolithicSparse\"\nRW "
                                + sectors
                                + " SPARSE \"d.vmdk\"\n")
                        .getBytes(StandardCharsets.US_ASCII));
        head.position(64 * 512);
        for (int i = 0; i < tables; i++) {
            head.putInt(64 + (32 << 20) / 512);
        }
        return write("largest.vmdk", head.capacity() + 4096L, head);
    }

    /** As many extents as there may be, all of them one file. */
    private Path extents() throws IOException {
        StringBuilder text =
                new StringBuilder("# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n")
                        .append("createType=\"custom\"\n");
        for (int i = 0; i < 8192; i++) {
            text.append("RW 1 FLAT \"extent\" 0\n");
        }
        Files.write(folder.resolve("extent"), new byte[512]);
        return Files.writeString(folder.resolve("extents.vmdk"), text);
    }

    /** A descriptor of 4 MiB behind 4,000 members. */
    private Path appliance() throws IOException {
        String xml = "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\">";
        StringBuilder ovf = new StringBuilder(xml);
        while (ovf.length() < (4 << 20) - 200) {
            ovf.append("<a b=\"c\"/>");
        }
        ovf.append("</Envelope>");
        byte[] bytes = ovf.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer tar = ByteBuffer.allocate(4000 * 512 + bytes.length + 2048);
        putMember(tar, "a.ovf", bytes);
        for (int i = 1; i < 4000; i++) {
            putMember(tar, "member" + i, new byte[0]);
        }
        return write("appliance.ova", (tar.position() + 1024 + 511) & -512, tar);
    }

    private static void putMember(ByteBuffer tar, String name, byte[] bytes) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 124, String.format("%011o", bytes.length));
        header[156] = '0';
        put(header, 257, "ustar\u000000");
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += Byte.toUnsignedInt(each);
        }
        put(header, 148, String.format("%06o\0", sum));
        tar.put(header).put(bytes).position((tar.position() + 511) & -512);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** Opens what may be opened and describes what may be described. */
    private static void tryOut(Path path) throws IOException {
        try (DiskImage image = Images.openWithReferences(path)) {
            if (image.size() > 0) {
                image.extentAt(0, 1);
            }
        } catch (ImageException e) {
            assertTrue(e.toString().contains(path.toString()), e::toString);
        }
        FileStorage file = FileStorage.open(path);
        try (CountingStorage storage = new CountingStorage(file)) {
            ImageFormat format = ImageFormats.installed().detect(storage).format();
            OpeningBudget.keep(
                    path,
                    () -> {
                        var _ = format.inspect(storage);
                        return format.snapshots(storage);
                    });
            long bytes = storage.bytes.get();
            assertTrue(bytes <= DESCRIBING_BYTES_MAX, bytes + " bytes were read of " + path);
        } catch (ImageException e) {
            assertTrue(e.toString().contains(path.toString()), e::toString);
        }
    }

    /**
     * A stream with 8,388,608 directory entries in front.
     *
     * @param tableStep sectors from the table of an entry to that of the next; all begin in the
     *     front, or none does
     */
    private static byte[] stream(boolean inFront, int tableStep) {
        int tables = (32 << 20) / 4;
        int overhead = (64 << 20) / 512;
        int first = 64 + (32 << 20) / 512;
        ByteBuffer head = ByteBuffer.allocate(64 << 20).order(ByteOrder.LITTLE_ENDIAN);
        head.put("KDMV".getBytes(StandardCharsets.US_ASCII)).putInt(3).putInt(0x30001);
        head.putLong((long) tables * 4096 * 128).putLong(128).putLong(1).putLong(20).putInt(4096);
        head.putLong(0).putLong(64).putLong(overhead).put((byte) 0);
        head.put(new byte[] {0x0a, 0x20, 0x0d, 0x0a}).putShort((short) 1);
        head.position(512);
        head.put(
                ("# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n"
                                + "createType=\"streamOptimized\"\nRW "
                                + (long) tables * 4096 * 128
                                + " SPARSE \"d.vmdk\"\n")
                        .getBytes(StandardCharsets.US_ASCII));
        head.position(64 * 512);
        for (int i = 0; i < tables; i++) {
            head.putInt(inFront ? first + i * tableStep % 60_000 : overhead + 1 + i);
        }
        return head.array();
    }

    private static ImageException assertStreamRefused(byte[] stream) {
        return assertThrows(
                ImageException.class,
                () -> {
                    ForwardInput input =
                            new ForwardInput(new ByteArrayInputStream(stream), "stream");
                    try (ForwardDisk disk =
                            OpeningBudget.keep(
                                    Path.of("stream"),
                                    () ->
                                            ImageStreams.open(ImageFormats.installed(), input, null)
                                                    .disk())) {
                        disk.skipZeros();
                        disk.read(MemorySegment.ofArray(new byte[512]));
                    }
                });
    }

    @Test
    void streamsAtTheirLimitsAreOpenedInLittleMemory() {
        for (int step : new int[] {0, 1}) {
            ImageException e = assertStreamRefused(stream(true, step));
            assertTrue(e.toString().contains("two entries of the grain directory"), e::toString);
        }
        ImageException e = assertStreamRefused(stream(false, 1));
        assertEquals(ImageException.Kind.TRUNCATED, e.kind(), e::toString);
    }

    @Test
    void imagesAtTheirLimitsAreOpenedInLittleMemory() throws IOException {
        tryOut(largestQcow2());
        tryOut(snapshots());
        tryOut(largestVmdk());
        tryOut(extents());
        tryOut(appliance());
    }

    private static Stream<Corpus.Entry> corpus() {
        return Corpus.require().entries().stream()
                .filter(entry -> Files.isRegularFile(entry.file()));
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void imagesOfOthersAreOpenedInLittleMemory(Corpus.Entry entry) throws IOException {
        tryOut(entry.file());
    }

    private long stepsToConvert(String format, long size) throws IOException {
        ImageFormats formats = ImageFormats.installed();
        Path source = folder.resolve("empty." + format + size);
        try (BlockTarget made =
                formats.named(format)
                        .create(
                                OutputFile.create(source),
                                size,
                                dev.quarry.image.CreateOptions.defaults())) {
            made.commit();
        }
        CountingStorage storage = new CountingStorage(FileStorage.open(source));
        try (DiskImage image =
                formats.named(format).open(storage, dev.quarry.image.OpenOptions.of(formats))) {
            for (String target : new String[] {"raw", "qcow2"}) {
                Path copy = folder.resolve("copy." + target);
                Images.convert(image, copy, target, java.util.Map.of());
                try (DiskImage converted = Images.open(copy, target)) {
                    assertEquals(size, converted.size());
                }
            }
        }
        return storage.calls.get();
    }

    /** Calls are counted, not time. L1 tables grow with the disk: 16 KiB for 1 TiB. */
    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2"})
    void anEmptyDiskCostsTheSameAtAnySize(String format) throws IOException {
        long small = stepsToConvert(format, 1L << 30);
        long large = stepsToConvert(format, 1L << 40);
        assertTrue(large <= small + 16, large + " calls for 1 TiB, " + small + " for 1 GiB");
        assertTrue(small <= 64, small + " calls for 1 GiB");
    }
}
