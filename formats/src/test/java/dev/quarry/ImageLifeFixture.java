package dev.quarry;

import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.image.CreateOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** A store with one image, and what tests of its life do with it. */
abstract class ImageLifeFixture {

    static final int MIB = 1 << 20;

    /** Three pages of 64 MiB and a bit; data in the first and the third. */
    static final int DISK_BYTES = 193 * MIB;

    @TempDir Path folder;

    Quarry quarry;
    byte[] disk;
    MachineImage image;

    @BeforeEach
    void open() throws IOException {
        quarry = Quarry.openOrCreate(folder.resolve("store"));
        disk = new byte[DISK_BYTES];
        System.arraycopy(MemoryDisk.content(1, 5 * MIB), 0, disk, MIB, 5 * MIB);
        System.arraycopy(MemoryDisk.content(2, 3 * MIB), 0, disk, 130 * MIB, 3 * MIB);
        image = importDisk(quarry, disk, "first");
    }

    @AfterEach
    void close() throws IOException {
        quarry.close();
    }

    MachineImage importDisk(Quarry into, byte[] content, String name) throws IOException {
        Path raw = Files.write(folder.resolve(name + ".raw"), content);
        ImportResult imported =
                into.importImage(
                        ImportRequest.of(raw)
                                .withFormat("raw")
                                .withName(name)
                                .withTags(Tags.of(Map.of("family", "test"))),
                        ProgressListener.none(),
                        new CancelToken());
        return Objects.requireNonNull(imported.image());
    }

    byte[] exported(Quarry from, String id) throws IOException {
        Path file = folder.resolve("exported.raw");
        from.export(
                id,
                file,
                "raw",
                CreateOptions.defaults(),
                ProgressListener.none(),
                new CancelToken());
        return Files.readAllBytes(file);
    }

    Snapshot root(MachineImage of) throws IOException {
        return quarry.catalog().snapshot(Objects.requireNonNull(of.rootSnapshotId()));
    }
}
