package dev.quarry;

import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;
import dev.quarry.store.CollectionResult;
import dev.quarry.store.StoreException;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Deletes the disks that no overlay stands on: those that no volume names. A launch that was cut
 * off leaves such a base, and so does the termination of the last launch on it. A base is deleted
 * while nobody can record a volume, and a launch looks, behind the recording of its volumes,
 * whether their bases are there, and makes them again: so either the collection sees the volume, or
 * the launch sees that the base is gone.
 *
 * <p>Only the name is taken away while nobody can record a volume: the file has a second one by
 * then, which nobody takes for a base's, and goes with that one afterwards. To give back what a
 * large file has takes a system its time, and all who change a document would wait for it. What a
 * collection that was cut off leaves of such names, the next one removes.
 */
final class BaseCollector {

    /** Of the second name of a base that is being deleted. */
    private static final String DELETED_ENDING = ".deleted";

    private final Path folder;
    private final BlobStore blobs;
    private final Catalog catalog;

    /**
     * @param folder the store's
     */
    BaseCollector(Path folder, BlobStore blobs, Catalog catalog) {
        this.folder = folder;
        this.blobs = blobs;
        this.catalog = catalog;
    }

    /** What becomes of a base that no volume names. */
    @FunctionalInterface
    private interface Deletion {
        boolean delete(String name, Set<String> volumes, Set<String> needed) throws IOException;
    }

    /** Adds to a result what {@link #run} would delete now. */
    CollectionResult dryRun(CollectionResult packs) throws IOException {
        return collect(packs, (_, _, _) -> true);
    }

    /** Deletes, and adds to the result of the packs. */
    CollectionResult run(CollectionResult packs) throws IOException {
        for (String name : blobs.list(Quarry.BASES + "/")) {
            if (name.endsWith(DELETED_ENDING)) {
                blobs.delete(name);
            }
        }
        return collect(packs, this::delete);
    }

    private CollectionResult collect(CollectionResult packs, Deletion deletion) throws IOException {
        Set<String> volumes = new HashSet<>();
        Set<String> needed = new HashSet<>();
        try {
            addBases(volumes, needed);
            long count = 0;
            long bytes = 0;
            for (String name : blobs.list(Quarry.BASES + "/")) {
                if (!name.endsWith(StoreMaintenance.BASE_ENDING) || needed.contains(name)) {
                    continue;
                }
                long size = size(name);
                if (deletion.delete(name, volumes, needed)) {
                    count++;
                    bytes += size;
                }
            }
            return packs.withBases(count, bytes);
        } catch (CatalogException | StoreException e) {
            // A volume that cannot be read may stand on any of them: all stay until it is repaired.
            return packs;
        }
    }

    private boolean delete(String name, Set<String> volumes, Set<String> needed)
            throws IOException {
        String second = name + DELETED_ENDING;
        giveSecondName(name, second);
        try {
            return blobs.deleteIf(
                    name,
                    () -> {
                        addBases(volumes, needed);
                        return !needed.contains(name);
                    });
        } finally {
            // If it stays, this takes away a name and nothing else.
            blobs.delete(second);
        }
    }

    /** Where the file system can; else the base is deleted under the lock. */
    private void giveSecondName(String name, String second) throws IOException {
        try {
            blobs.share(name, second);
        } catch (UnsupportedOperationException | FileSystemException | BlobConflictException e) {
            // No links there, or no such file, or another collection has made the same one.
        }
    }

    /**
     * Adds what volumes stand on that are not known yet.
     *
     * @param known ids of volumes
     * @param needed names of bases
     */
    private void addBases(Set<String> known, Set<String> needed) throws IOException {
        for (String root : catalog.baseRoots(known)) {
            needed.add(Quarry.BASES + "/" + root + StoreMaintenance.BASE_ENDING);
        }
    }

    private long size(String name) throws IOException {
        try {
            return Files.size(folder.resolve(name));
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
