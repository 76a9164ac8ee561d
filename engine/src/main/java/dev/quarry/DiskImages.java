package dev.quarry;

import dev.quarry.block.BlockTarget;
import dev.quarry.image.CheckReport;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.MeasuredSize;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.Repair;
import dev.quarry.image.SnapshotChange;
import dev.quarry.image.SnapshotInfo;
import dev.quarry.image.SnapshotSelector;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;
import dev.quarry.operation.Commit;
import dev.quarry.operation.Comparison;
import dev.quarry.operation.DiskMap;
import dev.quarry.operation.MapEntry;
import dev.quarry.operation.Rebase;
import dev.quarry.operation.Resize;
import dev.quarry.operation.WatchedSource;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Preallocation;
import dev.quarry.storage.SourceFiles;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/**
 * What can be done with image files, besides {@link Quarry#convert}, without a store: qemu-img's
 * verbs as calls. Stateless and thread-safe, but one file must not be changed by two calls at once.
 * What takes long takes a listener or a token and stops between two steps with {@link
 * dev.quarry.job.CancelledException}. Images that cannot be used give an {@link ImageException}.
 */
public final class DiskImages {

    private final ImageFormats formats;

    private DiskImages(ImageFormats formats) {
        this.formats = formats;
    }

    /** With the formats that the class path offers. */
    public static DiskImages installed() {
        return new DiskImages(ImageFormats.installed());
    }

    /** With some formats, which need not be looked for. */
    public static DiskImages of(ImageFormats formats) {
        return new DiskImages(formats);
    }

    /**
     * Lists where the bytes of a disk are.
     *
     * @param start first guest byte
     * @param end guest byte to stop at
     */
    public void map(
            ImageFile file, long start, long end, Consumer<MapEntry> listener, CancelToken cancel)
            throws IOException {
        try (DiskImage image = open(file).image()) {
            DiskMap.list(image, start, end, listener, cancel);
        }
    }

    /** Compares the content of two disks. */
    public Comparison.Result compare(
            ImageFile one,
            ImageFile other,
            Comparison.Strictness strictness,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        try (DiskImage first = open(one).image();
                DiskImage second = open(other).image()) {
            return Comparison.compare(first, second, strictness, listener, cancel);
        }
    }

    /** What an empty disk takes in a format. */
    public MeasuredSize measure(long size, String format, CreateOptions options)
            throws IOException {
        return formats.named(format).measure(size, null, options);
    }

    /** What the content of an image takes in a format, as far as its mapping tells. */
    public MeasuredSize measure(
            ImageFile file,
            String format,
            CreateOptions options,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        try (DiskImage image = open(file).image()) {
            ProgressMeter progress = new ProgressMeter(listener, image.size());
            MeasuredSize measured =
                    formats.named(format)
                            .measure(
                                    image.size(),
                                    new WatchedSource(image, progress, cancel),
                                    options);
            progress.finish();
            return measured;
        }
    }

    /** The format of an image: the one that is named, or the one that its beginning shows. */
    public ImageFormat formatOf(ImageFile file) throws IOException {
        try (FileStorage storage = FileStorage.open(file.path())) {
            return format(file, storage);
        }
    }

    /**
     * Checks the consistency of an image; opens nothing that it refers to.
     *
     * @param findings hears of each, in a sentence
     */
    public CheckReport check(ImageFile file, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        try (FileStorage storage = FileStorage.open(file.path())) {
            return format(file, storage).check(storage, findings, cancel);
        }
    }

    /**
     * Checks an image and mends it in place; then checks it again.
     *
     * @return what is still wrong, and how much was mended
     */
    public CheckReport repair(
            ImageFile file, Repair repair, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        ImageFormat format;
        try (FileStorage storage = FileStorage.open(file.path())) {
            format = format(file, storage);
        }
        CheckReport mended;
        try (OutputFile output = OutputFile.openExisting(file.path())) {
            mended = format.repair(output, repair, findings, cancel);
        }
        if (mended.corruptionsFixed() + mended.leaksFixed() == 0) {
            return mended;
        }
        return check(file.withFormat(format.name()), findings, cancel)
                .withFixed(mended.corruptionsFixed(), mended.leaksFixed());
    }

    /** Internal snapshots of an image, in its order. */
    public List<SnapshotInfo> snapshots(ImageFile file) throws IOException {
        try (FileStorage storage = FileStorage.open(file.path())) {
            return format(file, storage).snapshots(storage);
        }
    }

    /**
     * Makes, applies or deletes an internal snapshot of an image, in place.
     *
     * @param cancel heeded until the first change is made; what was begun is brought to its end
     */
    public void changeSnapshots(
            ImageFile file, SnapshotChange change, ProgressListener listener, CancelToken cancel)
            throws IOException {
        ImageFormat format = formatOf(file);
        try (OutputFile output = OutputFile.openExisting(file.path())) {
            format.changeSnapshots(output, change, listener, cancel);
        }
    }

    /**
     * What an image says of itself, as its snapshot has it if one is named; opens nothing that it
     * refers to.
     *
     * @throws ImageException of kind REFERENCE_MISSING if it has no such snapshot
     */
    public ImageInfo info(ImageFile file) throws IOException {
        try (FileStorage storage = FileStorage.open(file.path())) {
            ImageFormat format = format(file, storage);
            ImageInfo info = format.inspect(storage);
            String wanted = file.snapshot();
            if (wanted == null) {
                return info;
            }
            long size =
                    SnapshotSelector.of(wanted)
                            .find(format.snapshots(storage), storage.name())
                            .diskBytes();
            return size < 0 ? info : info.withVirtualSize(size);
        }
    }

    /**
     * Makes an image whose disk is zeros, or what its backing file has. It replaces a file of that
     * name when it is complete.
     *
     * @param size guest bytes
     * @param listener hears of what is written to make room, as {@code preallocation=full} does
     * @return the size of its disk: more than {@code size} where a format knows whole sectors only
     */
    public long create(
            Path file,
            String format,
            long size,
            CreateOptions options,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ImageFormat found = formats.named(format);
        SourceFiles below = SourceFiles.none();
        if (options.backingFile() != null) {
            below = SourceFiles.none().with(backingPath(file, options.backingFile()));
        }
        OutputFile output = OutputFile.create(file, below);
        PreallocationProgress room = new PreallocationProgress(listener, size, cancel);
        output.onFilling(room);
        try (BlockTarget target = found.create(output, size, options)) {
            target.commit();
            room.finish();
            return target.size();
        } finally {
            output.close();
        }
    }

    /** Whether {@link #resize} may cut a disk. */
    public enum Shrinking {
        REFUSED,
        ALLOWED
    }

    /**
     * Changes the size of a disk in place; what it gets is zeros.
     *
     * @param file may refer to its backing file only as its gate allows
     * @param size gives the new size in guest bytes from the present one
     * @param preallocation of what the disk gets
     * @param listener hears of what is written for that; cancelled, the disk keeps its size
     * @throws IllegalArgumentException if the disk would become smaller, and must not
     */
    public void resize(
            ImageFile file,
            LongUnaryOperator size,
            Shrinking shrinking,
            Preallocation preallocation,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ImageFile named = file.withFormat(formatOf(file).name());
        // Locked first: what is read then is what is changed.
        try (OutputFile output = OutputFile.openExisting(file.path());
                DiskImage disk = open(named).image();
                EditableImage image = edit(named, output, cancel)) {
            long wanted = size.applyAsLong(image.size());
            if (wanted < image.size() && shrinking == Shrinking.REFUSED) {
                throw new IllegalArgumentException(
                        "the disk has "
                                + image.size()
                                + " bytes, and what is behind "
                                + wanted
                                + " would be lost: --shrink allows that");
            }
            long more = Math.max(0, wanted - image.size());
            PreallocationProgress room = new PreallocationProgress(listener, more, cancel);
            output.onFilling(room);
            Resize.resize(image, disk, wanted, preallocation);
            image.finish();
            room.finish();
        }
    }

    /**
     * Another backing file of an image.
     *
     * @param name as it shall stand in the image; a relative one is taken from the image's folder
     * @param format its format
     */
    public record NewBacking(String name, String format) {}

    /**
     * Gives an overlay another backing file and keeps its disk's content: what the new one does not
     * have is written into the overlay.
     *
     * @param file may refer to its present backing file only as its gate allows
     * @param backing may be opened in any case, as its caller names it; null for none
     */
    public void rebase(
            ImageFile file,
            @Nullable NewBacking backing,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ImageFile named = file.withFormat(formatOf(file).name());
        try (OutputFile output = OutputFile.openExisting(file.path());
                DiskImage disk = open(named).image();
                DiskImage below = openBacking(file, backing);
                EditableImage image = edit(named, output, cancel)) {
            Rebase.copyDifferences(
                    image,
                    disk,
                    below,
                    Rebase.Shared.NOTHING,
                    Workers.defaultThreads(),
                    listener,
                    cancel);
            setBacking(image, backing);
        }
    }

    /**
     * Names another backing file in an image without looking at it: the disk's content becomes what
     * that makes of it.
     */
    public void rename(ImageFile file, @Nullable NewBacking backing, CancelToken cancel)
            throws IOException {
        if (backing != null) {
            refuseItself(file, backingPath(file.path(), backing.name()));
        }
        try (EditableImage image = edit(file.withFormat(formatOf(file).name()), cancel)) {
            setBacking(image, backing);
        }
    }

    private static void setBacking(EditableImage image, @Nullable NewBacking backing)
            throws IOException {
        if (backing == null) {
            image.setBacking(null, null);
        } else {
            image.setBacking(backing.name(), backing.format());
        }
        image.finish();
    }

    private @Nullable DiskImage openBacking(ImageFile overlay, @Nullable NewBacking backing)
            throws IOException {
        if (backing == null) {
            return null;
        }
        Path path = backingPath(overlay.path(), backing.name());
        refuseItself(overlay, path);
        DiskImage image = ImageFiles.open(formats, path, backing.format(), overlay.gate()).image();
        try {
            SourceFiles.of(image.files()).refuse(overlay.path());
            return image;
        } catch (IOException | RuntimeException e) {
            image.close();
            throw e;
        }
    }

    /** Where a backing file lies that an image names. */
    private static Path backingPath(Path image, String name) {
        return image.toAbsolutePath().resolveSibling(name);
    }

    private static void refuseItself(ImageFile overlay, Path backing) throws IOException {
        if (Files.exists(backing) && Files.isSameFile(backing, overlay.path())) {
            throw new IllegalArgumentException("an image is not its own backing file: " + backing);
        }
    }

    /** What becomes of an overlay whose data was written into its backing file. */
    public enum Afterwards {
        /** It is emptied, and the same disk as its backing file. */
        EMPTY,
        /** It stays as it is. */
        KEEP
    }

    /**
     * Writes what an overlay has into its backing file.
     *
     * @param file must be allowed to refer to its backing files
     * @param depth which of them is written to: 1 for the overlay's own
     */
    public void commit(
            ImageFile file,
            int depth,
            Afterwards afterwards,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ImageFile named = file.withFormat(formatOf(file).name());
        List<ImageFile> chain = backingChain(named);
        if (depth < 1 || depth >= chain.size()) {
            throw new IllegalArgumentException(
                    "there is no backing file at depth " + depth + ": " + file.path());
        }
        if (afterwards == Afterwards.KEEP) {
            writeDown(named, depth, chain.get(depth), listener, cancel);
            return;
        }
        // Opened first: whether it may be changed is known before its backing file is.
        try (EditableImage overlay = edit(named, cancel)) {
            writeDown(named, depth, chain.get(depth), listener, cancel);
            overlay.clear();
            overlay.finish();
        }
    }

    private void writeDown(
            ImageFile file,
            int depth,
            ImageFile base,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        try (OutputFile output = OutputFile.openExisting(base.path());
                DiskImage disk = open(file).image();
                EditableImage target = edit(base, output, cancel)) {
            if (target.size() < disk.size()) {
                DiskImage layer = Commit.layer(disk, depth);
                Resize.resize(target, layer, disk.size(), Preallocation.OFF);
                target.flush();
            }
            Commit.write(disk, depth, target, Workers.defaultThreads(), listener, cancel);
            target.finish();
        }
    }

    /**
     * An image and the files below it, as far as its gate allows: the image first.
     *
     * @throws ImageException if a reference is refused or missing, or the chain is a circle
     */
    public List<ImageFile> backingChain(ImageFile file) throws IOException {
        List<ImageFile> chain = new ArrayList<>();
        List<Storage> opened = new ArrayList<>();
        try {
            FileStorage storage = FileStorage.open(file.path());
            opened.add(storage);
            ImageFormat format = format(file, storage);
            while (true) {
                chain.add(new ImageFile(storage.path(), format.name(), file.gate()));
                ImageInfo info = format.inspect(storage);
                if (info.backingFile() == null) {
                    return chain;
                }
                OpenOptions options =
                        new OpenOptions(
                                formats,
                                file.gate(),
                                opened.subList(0, opened.size() - 1),
                                null,
                                null);
                Storage below = options.openBacking(storage, info);
                opened.add(below);
                if (!(below instanceof FileStorage next)) {
                    throw new IllegalStateException(below.name() + " is no file");
                }
                storage = next;
                format = formats.named(Objects.requireNonNull(info.backingFormat()));
            }
        } finally {
            for (Storage each : opened) {
                each.close();
            }
        }
    }

    private EditableImage edit(ImageFile file, CancelToken cancel) throws IOException {
        return edit(file, OutputFile.openExisting(file.path()), cancel);
    }

    /**
     * @param output becomes the image's
     */
    private EditableImage edit(ImageFile file, OutputFile output, CancelToken cancel)
            throws IOException {
        try {
            return formats.named(Objects.requireNonNull(file.format())).edit(output, cancel);
        } catch (IOException | RuntimeException e) {
            output.close();
            throw e;
        }
    }

    private ImageFormat format(ImageFile file, FileStorage storage) throws IOException {
        return file.format() == null
                ? formats.detect(storage).format()
                : formats.named(file.format());
    }

    private ImageFiles.Opened open(ImageFile file) throws IOException {
        return ImageFiles.open(
                file.path(),
                file.format(),
                OpenOptions.of(formats)
                        .withGate(file.gate())
                        .withSnapshot(file.snapshot())
                        .withMember(file.member()));
    }
}
