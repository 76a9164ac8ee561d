package dev.quarry;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.EncodingTarget;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotRoot;
import dev.quarry.storage.OutputFile;
import dev.quarry.store.ChunkStore;
import dev.quarry.volume.Copier;

import java.io.IOException;
import java.nio.file.Path;

/** Writes the content of snapshots into files and devices. */
final class SnapshotExport {

    private final ChunkStore chunks;
    private final ImageFormats formats;
    private final AccountCatalog account;
    private final int threads;

    SnapshotExport(ChunkStore chunks, ImageFormats formats, AccountCatalog account, int threads) {
        this.chunks = chunks;
        this.formats = formats;
        this.account = account;
        this.threads = threads;
    }

    /**
     * Writes the content of a snapshot, or of an image's root snapshot, into a file or device.
     *
     * @param id {@code snap-…} or {@code ami-…}
     * @param file replaced when the export is complete; a block device is written in place
     */
    void export(
            String id,
            Path file,
            String format,
            CreateOptions options,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ImageFormat named = formats.named(format);
        Snapshot snapshot = account.prepareExport(id);
        StoreReading.during(
                chunks,
                () -> {
                    write(snapshot, file, named, options, listener, cancel);
                    return file;
                });
    }

    private void write(
            Snapshot snapshot,
            Path file,
            ImageFormat format,
            CreateOptions options,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        SnapshotReader reader = new SnapshotReader(chunks, threads);
        SnapshotRoot root = reader.root(snapshot.root());
        try (BlockTarget target =
                Targets.create(file, output -> format.create(output, root.size(), options))) {
            account.recordExport(snapshot);
            if (target instanceof EncodingTarget) {
                rebuildInOrder(reader, root, file, target, listener, cancel);
            } else {
                reader.rebuild(root, target, listener, cancel);
            }
            target.commit();
        }
    }

    /**
     * Rebuilds a disk beside the target and copies it from there: the store gives chunks in the
     * order in which it has them, and this target needs whole units in the order of the disk.
     */
    private void rebuildInOrder(
            SnapshotReader reader,
            SnapshotRoot root,
            Path file,
            BlockTarget target,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ProgressListener first = (done, total) -> listener.progress(done / 2, total);
        ProgressListener second = (done, total) -> listener.progress(total / 2 + done / 2, total);
        ImageFormat raw = formats.named("raw");
        try (OutputFile scratch = OutputFile.create(file);
                BlockTarget plain = raw.create(scratch, root.size(), CreateOptions.defaults())) {
            reader.rebuild(root, plain, first, cancel);
            try (DiskImage disk = raw.open(scratch.openWritten(), OpenOptions.of(formats))) {
                Copier.copy(disk, target, threads, second, cancel);
            }
        }
    }
}
