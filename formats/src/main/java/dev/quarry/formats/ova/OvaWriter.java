package dev.quarry.formats.ova;

import static dev.quarry.formats.ova.TarLayout.*;

import dev.quarry.block.EncodingTarget;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.hash.Hash;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageFormats;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;

/**
 * Writes an archive of a descriptor, a manifest and one stream-optimized VMDK, in this order, which
 * importers demand. The disk is written first, behind room for the other two, whose lengths are
 * known before their contents are.
 */
final class OvaWriter implements EncodingTarget {

    private static final String DISK_FORMAT = "vmdk";
    private static final String DISK_SUBFORMAT = "streamOptimized";
    private static final int SHA_256_HEX_CHARS = 64;
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int FILE_MODE = 0644;

    /** Two blocks of zeros end an archive. */
    private static final int END_BYTES = 2 * BLOCK_BYTES;

    private final OutputFile file;
    private final String stem;
    private final long manifestPosition;
    private final long diskPosition;
    private final EncodingTarget disk;

    /**
     * @param file a new one; becomes the writer's
     * @param size guest bytes; padded to whole sectors
     */
    OvaWriter(OutputFile file, long size) throws IOException {
        if (!file.isFresh()) {
            throw new ImageException(
                    Kind.UNSUPPORTED, file.name(), -1, "an archive cannot be on a device");
        }
        this.file = file;
        this.stem = stem(Objects.requireNonNull(file.path().getFileName()).toString());
        this.manifestPosition = BLOCK_BYTES + padded(descriptor(0, size).length);
        this.diskPosition =
                manifestPosition + BLOCK_BYTES + padded(manifest("", "").length) + BLOCK_BYTES;
        CreateOptions options = new CreateOptions(null, null, Map.of("subformat", DISK_SUBFORMAT));
        this.disk =
                (EncodingTarget)
                        ImageFormats.installed()
                                .named(DISK_FORMAT)
                                .create(file.part(diskPosition, diskName()), size, options);
    }

    /** A name that needs no extension of the tar format and no escapes in XML. */
    private static String stem(String fileName) {
        String name =
                fileName.endsWith(".ova")
                        ? fileName.substring(0, fileName.length() - ".ova".length())
                        : fileName;
        return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}") ? name : "appliance";
    }

    private String diskName() {
        return stem + "-disk1.vmdk";
    }

    private String descriptorName() {
        return stem + ".ovf";
    }

    private static long padded(long bytes) {
        return Math.ceilDiv(bytes, BLOCK_BYTES) * BLOCK_BYTES;
    }

    private byte[] descriptor(long fileBytes, long capacity) {
        return OvfWriter.text(stem, diskName(), fileBytes, capacity)
                .getBytes(StandardCharsets.UTF_8);
    }

    private byte[] manifest(String descriptorHex, String diskHex) {
        return (line(descriptorName(), descriptorHex) + line(diskName(), diskHex))
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** No blank before the parenthesis: importers refuse it. */
    private static String line(String name, String hex) {
        String digest = hex.isEmpty() ? "0".repeat(SHA_256_HEX_CHARS) : hex;
        return "SHA256(" + name + ")= " + digest + "\n";
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public int unitBytes() {
        return disk.unitBytes();
    }

    @Override
    public Batch newBatch(int plainBytesMax) throws IOException {
        return disk.newBatch(plainBytesMax);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        disk.write(offset, source);
    }

    @Override
    public void zero(long offset, long length) throws IOException {
        disk.zero(offset, length);
    }

    @Override
    public void commit() throws IOException {
        disk.commit();
        long diskBytes = file.size() - diskPosition;
        file.extendTo(diskPosition + padded(diskBytes) + END_BYTES);
        byte[] descriptor = descriptor(diskBytes, disk.size());
        byte[] manifest =
                manifest(
                        HexFormat.of().formatHex(BlockHasher.sha256().digest(descriptor)),
                        digestOfDisk(diskBytes));
        writeMember(0, descriptorName(), descriptor);
        writeMember(manifestPosition, stem + ".mf", manifest);
        file.write(
                diskPosition - BLOCK_BYTES, MemorySegment.ofArray(header(diskName(), diskBytes)));
        file.commit();
    }

    private String digestOfDisk(long bytes) throws IOException {
        Hash digest = Hash.sha256();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(WINDOW_BYTES);
            for (long done = 0; done < bytes; done += WINDOW_BYTES) {
                MemorySegment part = window.asSlice(0, Math.min(WINDOW_BYTES, bytes - done));
                file.read(diskPosition + done, part);
                digest.update(part);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void writeMember(long position, String name, byte[] data) throws IOException {
        file.write(position, MemorySegment.ofArray(header(name, data.length)));
        file.write(position + BLOCK_BYTES, MemorySegment.ofArray(data));
    }

    static byte[] header(String name, long size) {
        byte[] header = new byte[BLOCK_BYTES];
        put(header, NAME_POSITION, name);
        octal(header, MODE_POSITION, NUMBER_BYTES, FILE_MODE);
        octal(header, USER_POSITION, NUMBER_BYTES, 0);
        octal(header, GROUP_POSITION, NUMBER_BYTES, 0);
        if (size < OCTAL_SIZE_END) {
            octal(header, SIZE_POSITION, LONG_NUMBER_BYTES, size);
        } else {
            header[SIZE_POSITION] = BINARY_NUMBER;
            for (int i = 0; i < Long.BYTES; i++) {
                header[SIZE_POSITION + LONG_NUMBER_BYTES - 1 - i] =
                        (byte) (size >>> (i * Byte.SIZE));
            }
        }
        octal(header, TIME_POSITION, LONG_NUMBER_BYTES, 0);
        header[TYPE_POSITION] = TYPE_FILE;
        put(header, MAGIC_POSITION, MAGIC);
        int sum = ' ' * NUMBER_BYTES;
        for (byte each : header) {
            sum += Byte.toUnsignedInt(each);
        }
        octal(header, CHECKSUM_POSITION, NUMBER_BYTES, sum);
        return header;
    }

    private static void put(byte[] header, int position, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, position, bytes.length);
    }

    /** Digits and a zero byte. */
    private static void octal(byte[] header, int position, int length, long value) {
        String digits = Long.toOctalString(value);
        put(header, position, "0".repeat(length - 1 - digits.length()) + digits);
    }

    @Override
    public void close() throws IOException {
        disk.close();
        file.close();
    }
}
