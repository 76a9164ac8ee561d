package dev.quarry;

import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.chunk.DiskDigester;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.Finding;
import dev.quarry.store.Findings;
import dev.quarry.store.StoreException;
import dev.quarry.volume.BaseImages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Looks whether the disks that overlays stand on are there and are what they should be, and makes
 * those again that are not: an overlay alone has only what was written to it.
 */
final class BaseVerifier {

    private final Path folder;
    private final ChunkStore chunks;
    private final ImageFormats formats;
    private final Catalog catalog;
    private final int threads;

    /**
     * @param folder the store's
     */
    BaseVerifier(
            Path folder, ChunkStore chunks, ImageFormats formats, Catalog catalog, int threads) {
        this.folder = folder.toAbsolutePath().normalize();
        this.chunks = chunks;
        this.formats = formats;
        this.catalog = catalog;
        this.threads = threads;
    }

    private static String blob(String root) {
        return Quarry.BASES + "/" + root + StoreMaintenance.BASE_ENDING;
    }

    /**
     * Names every disk that is not there, although a volume stands on it.
     *
     * @param contents read before this
     */
    void checkPresence(Catalog.Contents contents, Findings findings) throws IOException {
        for (Missing missing : missing(contents)) {
            findings.add(missing.name(), missing.words());
        }
    }

    /**
     * A disk that is not there.
     *
     * @param root of the snapshot whose disk it is, in hex
     * @param path where overlays look for it
     * @param name in the store, or the path where that is elsewhere
     * @param volumes ids of those that stand on it
     * @param snapshots ids of those that have its content
     */
    private record Missing(
            String root, Path path, String name, List<String> volumes, List<String> snapshots) {

        /** Whether this store can make it again, where overlays look for it. */
        boolean canBeMade() {
            return !snapshots.isEmpty() && name.equals(blob(root));
        }

        String words() {
            return "is not there, and "
                    + String.join(", ", volumes)
                    + (volumes.size() == 1 ? " stands" : " stand")
                    + " on it: without it an overlay has only what was written to it, and cannot be"
                    + " read; "
                    + way();
        }

        private String way() {
            if (!name.equals(blob(root))) {
                return "the store was at another place when this was launched";
            }
            return snapshots.isEmpty()
                    ? "no snapshot has its content any more"
                    : "verify --repair makes it again, and so does a launch with --overlay, from "
                            + snapshots.getFirst();
        }
    }

    private List<Missing> missing(Catalog.Contents contents) throws IOException {
        Map<Path, Missing> missing = new TreeMap<>();
        for (Volume volume : contents.volumes()) {
            String base = volume.file().basePath();
            String root = volume.file().baseRoot();
            if (base == null
                    || root == null
                    || volume.state() == VolumeState.DELETING
                    || volume.state() == VolumeState.DELETED) {
                continue;
            }
            Path path = Path.of(base).toAbsolutePath().normalize();
            if (!Files.exists(path)) {
                String name =
                        path.equals(folder.resolve(blob(root))) ? blob(root) : path.toString();
                missing.computeIfAbsent(
                                path,
                                key ->
                                        new Missing(
                                                root,
                                                key,
                                                name,
                                                new ArrayList<>(),
                                                snapshots(contents, root)))
                        .volumes()
                        .add(volume.id());
            }
        }
        if (!missing.isEmpty()) {
            // The last volume on it may have gone meanwhile, and then it.
            Set<String> needed = catalog.baseRoots(new HashSet<>());
            missing.values().removeIf(each -> !needed.contains(each.root()));
        }
        return List.copyOf(missing.values());
    }

    private static List<String> snapshots(Catalog.Contents contents, String root) {
        return contents.snapshots().stream()
                .filter(snapshot -> snapshot.root().equals(root))
                .map(Snapshot::id)
                .toList();
    }

    /** Compares the disks that are there with the content digests of their snapshots. */
    void checkContents(Catalog.Contents contents, Findings findings, CancelToken cancel)
            throws IOException {
        Map<String, String> digests = new HashMap<>();
        for (Snapshot snapshot : contents.snapshots()) {
            digests.put(blob(snapshot.root()), snapshot.contentDigest());
        }
        for (String name : chunks.blobs().list(Quarry.BASES + "/")) {
            String digest = digests.get(name);
            if (digest == null) {
                // Of a snapshot that was deleted, or a temporary file.
                continue;
            }
            ImageFiles.Opened base;
            try {
                base = ImageFiles.open(formats, folder.resolve(name), "raw", ReferenceGate.deny());
            } catch (NoSuchFileException e) {
                // Collected meanwhile.
                continue;
            }
            try (DiskImage disk = base.image()) {
                String actual =
                        DiskDigester.digest(disk, threads, ProgressListener.none(), cancel).hex();
                if (!actual.equals(digest)) {
                    findings.add(
                            name,
                            "is not the disk that overlays on it expect; verify --repair makes it"
                                    + " again");
                }
            } catch (ImageException e) {
                findings.add(name, String.valueOf(e.getMessage()));
            }
        }
    }

    /** What became of disks. */
    record Repaired(List<String> restored, List<String> quarantined) {}

    /**
     * Makes the disks again that are not there or were found to be damaged, as far as their
     * snapshots are whole. A damaged one goes to {@code quarantine/}: who has it open goes on with
     * it as it is.
     *
     * @param contents read now
     * @param found what a full verification found
     * @return their names
     */
    Repaired repair(Catalog.Contents contents, List<Finding> found, CancelToken cancel)
            throws IOException {
        List<String> quarantined = new ArrayList<>();
        for (Finding finding : found) {
            if (isBase(finding.blob()) && replace(contents, finding.blob(), cancel)) {
                quarantined.add(finding.blob());
            }
        }
        List<String> restored = new ArrayList<>(quarantined);
        for (Missing missing : missing(contents)) {
            if (missing.canBeMade() && make(missing.root(), cancel)) {
                restored.add(missing.name());
            }
        }
        return new Repaired(restored, quarantined);
    }

    /** Makes a damaged disk again, or leaves it where it is. */
    private boolean replace(Catalog.Contents contents, String name, CancelToken cancel)
            throws IOException {
        Path base = folder.resolve(name);
        Path aside = folder.resolve(ChunkStore.QUARANTINE + base.getFileName());
        String root = rootOf(name);
        if (snapshots(contents, root).isEmpty()) {
            return false;
        }
        Files.createDirectories(folder.resolve(ChunkStore.QUARANTINE));
        try {
            Files.move(base, aside, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException e) {
            // It is one that was missing; or no volume stands on it any more, and it was collected.
            return false;
        }
        boolean isMade = false;
        try {
            isMade = make(root, cancel);
        } finally {
            if (!isMade && !Files.exists(base)) {
                Files.move(aside, base);
            }
        }
        return isMade;
    }

    private static boolean isBase(String blob) {
        return blob.startsWith(Quarry.BASES + "/") && blob.endsWith(StoreMaintenance.BASE_ENDING);
    }

    private static String rootOf(String blob) {
        String file = blob.substring(blob.lastIndexOf('/') + 1);
        return file.substring(0, file.length() - StoreMaintenance.BASE_ENDING.length());
    }

    /** Makes a disk, unless something of its content is lost: that is found as the snapshot's. */
    private boolean make(String root, CancelToken cancel) throws IOException {
        try {
            StoreReading.during(chunks, () -> rebuild(root, cancel));
            return true;
        } catch (StoreException e) {
            return false;
        }
    }

    private Path rebuild(String root, CancelToken cancel) throws IOException {
        SnapshotReader reader = new SnapshotReader(chunks, threads);
        BaseImages bases =
                new BaseImages(
                        folder.resolve(Quarry.BASES),
                        (id, target, progress, token) ->
                                reader.rebuild(reader.root(id), target, progress, token));
        return bases.base(root, reader.root(root).size(), ProgressListener.none(), cancel);
    }
}
