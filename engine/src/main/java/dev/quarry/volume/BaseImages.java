package dev.quarry.volume;

import dev.quarry.block.BlockTarget;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.OutputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Read-only raw disks that overlays stand on, one for each snapshot root. Whoever needs one first makes it; two processes that do so at once make
 * the same, and one replaces the other.
 */
final class BaseImages {

    private final Path folder;
    private final ImageFormats formats;
    private final VolumeContent content;

    BaseImages(Path folder, ImageFormats formats, VolumeContent content) {
        this.folder = folder;
        this.formats = formats;
        this.content = content;
    }

    /**
     * The base for a snapshot, made if it is not there.
     *
     * @param root of the snapshot, in hex
     * @param sizeBytes of the snapshot
     * @return its absolute path
     */
    Path base(String root, long sizeBytes, ProgressListener listener, CancelToken cancel) throws IOException {
        Path path = folder.resolve(root + ".raw").toAbsolutePath();
        if (Files.isRegularFile(path) && Files.size(path) == sizeBytes) {
            listener.progress(sizeBytes, sizeBytes);
            return path;
        }
        Files.createDirectories(folder);
        OutputFile file = OutputFile.create(path);
        try (BlockTarget target = create(file, sizeBytes)) {
            content.rebuild(root, target, listener, cancel);
            target.commit();
        }
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--r--r--"));
        return path;
    }

    private BlockTarget create(OutputFile file, long sizeBytes) throws IOException {
        try {
            return formats.named("raw").create(file, sizeBytes, CreateOptions.defaults());
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }
}
