package dev.quarry;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.StoreTasks;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.StoreTask;
import dev.quarry.catalog.model.Tags;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.FileStorage;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/** Stores images as objects, and restores them (4.12.1). An object is an archive in a folder. */
final class ImageObjects {

    private static final String ENDING = ".bin";

    /** Progress is recorded in such steps, in per cent. */
    private static final int STEP = 10;

    private final ChunkStore chunks;
    private final AccountCatalog account;
    private final int threads;

    ImageObjects(ChunkStore chunks, AccountCatalog account, int threads) {
        this.chunks = chunks;
        this.account = account;
        this.threads = threads;
    }

    StoreTask store(String imageId, Path bucket, ProgressListener listener, CancelToken cancel)
            throws IOException {
        StoreTasks tasks = account.storeTasks();
        StoreTasks.Subject subject = tasks.subject(imageId);
        Path folder = bucket.toAbsolutePath().normalize();
        try (StoreLease lease = chunks.lease(StoreLease.Kind.READER)) {
            StoreTask task =
                    tasks.begin(
                            StoreTask.Kind.STORE,
                            imageId,
                            folder.toString(),
                            imageId + ENDING,
                            subject.totalBytes(),
                            lease);
            try {
                new StoreArchive(chunks, account, threads)
                        .write(
                                subject.image(),
                                subject.snapshots(),
                                folder.resolve(task.objectKey()),
                                recorded(task, listener),
                                cancel);
            } catch (IOException | RuntimeException e) {
                failed(task, e);
                throw e;
            }
            return tasks.complete(task, subject.image());
        }
    }

    /**
     * @param name of the image, or null for the one that it had
     * @param tags more than it had
     */
    MachineImage restore(
            Path bucket,
            String objectKey,
            @Nullable String name,
            Tags tags,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        StoreTasks tasks = account.storeTasks();
        Path folder = bucket.toAbsolutePath().normalize();
        Path file = folder.resolve(StoreTasks.checkKey(objectKey));
        long bytes = StoreArchive.sizeOfImage(ForwardInput.of(FileStorage.open(file)));
        try (StoreLease lease = chunks.lease(StoreLease.Kind.READER)) {
            StoreTask task =
                    tasks.begin(
                            StoreTask.Kind.RESTORE,
                            null,
                            folder.toString(),
                            objectKey,
                            bytes,
                            lease);
            try {
                ArchiveResult result =
                        new StoreArchive(chunks, account, threads)
                                .read(
                                        ForwardInput.of(FileStorage.open(file)),
                                        name,
                                        tags,
                                        recorded(task, listener),
                                        cancel);
                MachineImage image = result.image();
                if (image == null) {
                    throw StoreArchive.noImage(file.toString());
                }
                tasks.complete(task, image);
                return image;
            } catch (IOException | RuntimeException e) {
                failed(task, e);
                throw e;
            }
        }
    }

    /** Records the progress of a task in steps, and tells the caller all of it. */
    private ProgressListener recorded(StoreTask task, ProgressListener listener) {
        int[] told = {0};
        return (done, total) -> {
            listener.progress(done, total);
            int percent = total == 0 ? 0 : (int) Math.min(99, done * 100.0 / total);
            synchronized (told) {
                if (percent >= told[0] + STEP) {
                    told[0] = percent;
                    try {
                        account.storeTasks()
                                .update(task.with(StoreTask.State.IN_PROGRESS, percent, null));
                    } catch (IOException e) {
                        // It is for people: whether the object is whole is seen elsewhere.
                    }
                }
            }
        };
    }

    private void failed(StoreTask task, Exception e) {
        try {
            account.storeTasks()
                    .update(task.with(StoreTask.State.FAILED, 0, String.valueOf(e.getMessage())));
        } catch (IOException suppressed) {
            e.addSuppressed(suppressed);
        }
    }
}
