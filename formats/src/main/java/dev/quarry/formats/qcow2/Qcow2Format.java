package dev.quarry.formats.qcow2;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.OpenEndedTarget;
import dev.quarry.image.CheckReport;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.MeasuredSize;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate.Role;
import dev.quarry.image.Repair;
import dev.quarry.image.SnapshotChange;
import dev.quarry.image.SnapshotInfo;
import dev.quarry.image.SnapshotSelector;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Preallocation;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** QEMU's qcow2, versions 2 and 3. */
public final class Qcow2Format implements ImageFormat {

    /** The format's name. */
    public static final String NAME = "qcow2";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Confidence probe(MemorySegment head, long fileSize) {
        boolean magic =
                head.byteSize() >= Integer.BYTES
                        && head.get(Qcow2Layout.INT, Qcow2Layout.MAGIC_POSITION)
                                == Qcow2Layout.MAGIC;
        return magic ? Confidence.CERTAIN : Confidence.NO;
    }

    @Override
    public ImageInfo inspect(Storage storage) throws IOException {
        return describe(readHeader(storage));
    }

    @Override
    public DiskImage open(Storage storage, OpenOptions options) throws IOException {
        Qcow2Header header = readHeader(storage);
        refuseEncrypted(header, storage);
        if (options.snapshot() != null) {
            header =
                    Qcow2Snapshot.find(storage, header, SnapshotSelector.of(options.snapshot()))
                            .active(storage, header);
        }
        requireTables(header, storage);
        Storage dataFile =
                header.dataFile() == null
                        ? null
                        : options.openStorage(storage, Role.DATA_FILE, header.dataFile());
        DiskImage backing = null;
        try {
            backing = openBacking(header, storage, options);
            return new Qcow2Image(
                    storage, dataFile, header, describe(header), backing, options.above().size());
        } catch (IOException | RuntimeException | Error e) {
            closeAfter(e, dataFile);
            closeAfter(e, backing);
            throw e;
        }
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Options: {@code cluster_size} (512 to 2M, 64k unless told), {@code compat} (0.10 or 1.1),
     * {@code compression_type} (zlib or zstd), {@code extended_l2} (off or on), {@code
     * preallocation} (off, metadata, falloc or full). The target is an {@link
     * dev.quarry.block.EncodingTarget} if it is compressed. One that is committed with nothing
     * written is empty, or shows its backing file. The disk has whole sectors: {@link
     * BlockTarget#size} is then more than {@code size}, and the caller can warn.
     */
    @Override
    public BlockTarget create(OutputFile file, long size, CreateOptions options)
            throws IOException {
        return target(file, size, Qcow2CreateOptions.parse(options, file.name()));
    }

    @Override
    public OpenEndedTarget createOpenEnded(OutputFile file, long sizeMax, CreateOptions options)
            throws IOException {
        Qcow2CreateOptions parsed = Qcow2CreateOptions.parse(options, file.name());
        if (parsed.backingFile() != null || parsed.preallocation() != Preallocation.OFF) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    file.name(),
                    -1,
                    "a backing file or preallocation: the size is known at the end only");
        }
        return target(file, sizeMax, parsed);
    }

    private static Qcow2Target target(OutputFile file, long size, Qcow2CreateOptions parsed)
            throws IOException {
        return parsed.compressed()
                ? new Qcow2CompressedWriter(file, size, parsed)
                : new Qcow2Writer(file, size, parsed);
    }

    @Override
    public void changeSnapshots(
            OutputFile file, SnapshotChange change, ProgressListener listener, CancelToken cancel)
            throws IOException {
        Qcow2SnapshotEditor editor = Qcow2SnapshotEditor.open(file, change, listener, cancel);
        switch (change) {
            case SnapshotChange.Create create -> editor.create(create.name());
            case SnapshotChange.Apply apply -> editor.apply(apply.idOrName());
            case SnapshotChange.Delete delete -> editor.delete(delete.name());
        }
    }

    @Override
    public List<SnapshotInfo> snapshots(Storage storage) throws IOException {
        List<SnapshotInfo> infos = new ArrayList<>();
        for (Qcow2Snapshot snapshot : Qcow2Snapshot.readAll(storage, readHeader(storage))) {
            infos.add(snapshot.info());
        }
        return infos;
    }

    @Override
    public MeasuredSize measure(long size, @Nullable BlockSource source, CreateOptions options)
            throws IOException {
        return Qcow2Measure.measure(size, source, Qcow2CreateOptions.parse(options, NAME));
    }

    @Override
    public boolean isCheckable() {
        return true;
    }

    @Override
    public CheckReport check(Storage storage, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        return new Qcow2Checker(storage, null, null, findings, cancel).check();
    }

    @Override
    public CheckReport repair(
            OutputFile file, Repair repair, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        return new Qcow2Checker(file.storage(), file, repair, findings, cancel).check();
    }

    @Override
    public EditableImage edit(OutputFile file, CancelToken cancel) throws IOException {
        return new Qcow2Editor(file, cancel);
    }

    static Qcow2Header readHeader(Storage storage) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head =
                    arena.allocate(Math.min(storage.size(), Qcow2Layout.HEADER_LENGTH_V2));
            storage.read(0, head);
            int length = Qcow2Header.firstClusterBytes(head, storage.name());
            MemorySegment cluster = arena.allocate(Math.min(storage.size(), length));
            storage.read(0, cluster);
            return Qcow2Header.parse(cluster, storage.name());
        }
    }

    private static void refuseEncrypted(Qcow2Header header, Storage storage) throws ImageException {
        if (header.cryptMethod() != Qcow2Layout.CRYPT_NONE) {
            throw new ImageException(
                    Kind.ENCRYPTED,
                    storage.name(),
                    Qcow2Layout.CRYPT_METHOD_POSITION,
                    "is encrypted with " + cryptName(header.cryptMethod()) + ", which is not read");
        }
    }

    private static void requireTables(Qcow2Header header, Storage storage) throws ImageException {
        long end = header.l1Position() + header.l1EntriesNeeded() * Qcow2Layout.L1_ENTRY_BYTES;
        if (end > storage.size()) {
            throw new ImageException(
                    Kind.TRUNCATED,
                    storage.name(),
                    header.l1Position(),
                    "the L1 table ends at 0x"
                            + Long.toHexString(end)
                            + ", past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
    }

    private static @Nullable DiskImage openBacking(
            Qcow2Header header, Storage storage, OpenOptions options) throws IOException {
        String backingFile = header.backingFile();
        if (backingFile == null) {
            return null;
        }
        String format = header.backingFormat();
        if (format == null) {
            // To guess would let a guest that writes a qcow2 header to its raw disk choose files of
            // the host.
            throw new ImageException(
                    Kind.REFERENCE_REFUSED,
                    storage.name(),
                    Qcow2Layout.BACKING_FILE_OFFSET_POSITION,
                    "refers to the backing file '"
                            + backingFile
                            + "' without naming its format, which is never guessed");
        }
        return options.openImage(storage, Role.BACKING_FILE, backingFile, format);
    }

    private static ImageInfo describe(Qcow2Header header) {
        Map<String, Object> data = new LinkedHashMap<>();
        boolean v3 = header.version() >= 3;
        data.put("compat", v3 ? "1.1" : "0.10");
        data.put(
                "compression-type",
                header.compressionType() == Qcow2Layout.COMPRESSION_ZSTD ? "zstd" : "zlib");
        if (v3) {
            data.put(
                    "lazy-refcounts",
                    (header.compatible() & Qcow2Layout.COMPATIBLE_LAZY_REFCOUNTS) != 0);
        }
        data.put("refcount-bits", 1 << header.refcountOrder());
        if (v3) {
            data.put("corrupt", header.has(Qcow2Layout.INCOMPATIBLE_CORRUPT));
            data.put("extended-l2", header.has(Qcow2Layout.INCOMPATIBLE_EXTENDED_L2));
        }
        if (header.dataFile() != null) {
            data.put("data-file", header.dataFile());
            data.put(
                    "data-file-raw",
                    (header.autoclear() & Qcow2Layout.AUTOCLEAR_DATA_FILE_RAW) != 0);
        }
        boolean encrypted = header.cryptMethod() != Qcow2Layout.CRYPT_NONE;
        if (encrypted) {
            data.put(
                    "encrypt",
                    Map.of(
                            "format",
                            header.cryptMethod() == Qcow2Layout.CRYPT_LUKS ? "luks" : "aes"));
        }
        return new ImageInfo(
                NAME,
                header.size(),
                header.clusterSize(),
                header.backingFile(),
                header.backingFormat(),
                header.has(Qcow2Layout.INCOMPATIBLE_DIRTY),
                encrypted,
                data);
    }

    private static String cryptName(int method) {
        return method == Qcow2Layout.CRYPT_LUKS ? "LUKS" : "AES";
    }

    private static void closeAfter(Throwable failure, @Nullable Closeable opened) {
        if (opened == null) {
            return;
        }
        try {
            opened.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
