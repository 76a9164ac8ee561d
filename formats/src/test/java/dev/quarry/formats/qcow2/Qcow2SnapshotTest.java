package dev.quarry.formats.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.SnapshotInfo;
import dev.quarry.storage.FileStorage;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Internal snapshots that qemu made read as qemu reads them, and damaged ones are refused. */
final class Qcow2SnapshotTest {

    /** Where the header names the snapshot table. */
    private static final long SNAPSHOTS_OFFSET = 64;

    private static final int ENTRY_L1_SIZE = 8;

    @TempDir Path folder;

    private Path image = Path.of("");

    @BeforeEach
    void makeImage() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(51), 3 << 20, 4096);
        Path raw = folder.resolve("disk.raw");
        RawOracle.write(Content.of(content), raw);
        image = folder.resolve("disk.qcow2");
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        ForeignTool qemuIo = ForeignTool.require("qemu-io");
        qemuImg.run("convert", "-c", "-f", "raw", "-O", "qcow2", raw, image).expectSuccess();
        qemuImg.run("snapshot", "-c", "before", image).expectSuccess();
        qemuIo.run("-f", "qcow2", "-c", "write -P 7 100k 1M", image).expectSuccess();
        qemuImg.run("snapshot", "-c", "you can't see me", image).expectSuccess();
        qemuIo.run("-f", "qcow2", "-c", "write -z 64k 2M", image).expectSuccess();
        qemuImg.run("resize", "-f", "qcow2", image, "5M").expectSuccess();
        qemuImg.run("snapshot", "-c", "larger", image).expectSuccess();
        qemuIo.run("-f", "qcow2", "-c", "write -P 9 4M 512k", image).expectSuccess();
    }

    private static DiskImage open(Path path, String snapshot) throws IOException {
        OpenOptions options =
                OpenOptions.of(ImageFormats.of(new Qcow2Format())).withSnapshot(snapshot);
        FileStorage storage = FileStorage.open(path);
        try {
            return new Qcow2Format().open(storage, options);
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
    }

    private ImageException refused(Kind kind, String snapshot) {
        ImageException e =
                assertThrows(
                        ImageException.class,
                        () -> {
                            try (DiskImage opened = open(image, snapshot)) {
                                Images.sha256(opened);
                            }
                        });
        assertEquals(kind, e.kind(), e::toString);
        return e;
    }

    private long table() throws IOException {
        return Images.peek(image, SNAPSHOTS_OFFSET, 8).getLong();
    }

    /** qemu-img gives a snapshot the size of the disk as it is; here it has its own. */
    @Test
    void readsWhatQemuReads() throws IOException {
        Path expected = folder.resolve("expected.raw");
        for (String snapshot : List.of("before", "you can't see me", "larger")) {
            ForeignTool.require("qemu-img")
                    .run("convert", "-l", snapshot, "-f", "qcow2", "-O", "raw", image, expected)
                    .expectSuccess();
            try (DiskImage opened = open(image, snapshot)) {
                assertEquals(snapshot.equals("larger") ? 5 << 20 : 3 << 20, opened.size());
                byte[] padded = Arrays.copyOf(Images.bytes(opened), 5 << 20);
                assertArrayEquals(Files.readAllBytes(expected), padded, snapshot);
            }
        }
    }

    @Test
    void listsThem() throws IOException {
        try (FileStorage storage = FileStorage.open(image)) {
            List<SnapshotInfo> snapshots = new Qcow2Format().snapshots(storage);
            assertEquals(
                    List.of("before", "you can't see me", "larger"),
                    snapshots.stream().map(SnapshotInfo::name).toList());
            assertEquals(3 << 20, snapshots.get(0).diskBytes());
            assertEquals(5 << 20, snapshots.get(2).diskBytes());
        }
    }

    @Test
    void anIdGoesBeforeAName() throws IOException {
        ForeignTool.require("qemu-img").run("snapshot", "-c", "1", image).expectSuccess();
        try (DiskImage byId = open(image, "1");
                DiskImage byName = open(image, "before")) {
            assertEquals(Images.sha256(byName), Images.sha256(byId));
        }
    }

    @Test
    void refusesOneThatIsNotThere() {
        assertTrue(refused(Kind.REFERENCE_MISSING, "afterwards").toString().contains("afterwards"));
    }

    @Test
    void refusesOneWithTooManyL1Entries() throws IOException {
        Images.patchInt(image, table() + ENTRY_L1_SIZE, 1 << 23);
        refused(Kind.CORRUPT, "before");
    }

    @Test
    void refusesOneWithTooFewL1Entries() throws IOException {
        Images.patchInt(image, table() + ENTRY_L1_SIZE, 0);
        refused(Kind.CORRUPT, "before");
    }

    @Test
    void refusesATableInTheHeader() throws IOException {
        Images.patchLong(image, table(), 0);
        refused(Kind.CORRUPT, "before");
    }

    @Test
    void refusesATableOffItsCluster() throws IOException {
        Images.patchLong(image, table(), Images.peek(image, table(), 8).getLong() + 512);
        refused(Kind.CORRUPT, "before");
    }

    @Test
    void refusesATablePastTheEnd() throws IOException {
        Images.patchLong(image, table(), 1L << 40);
        refused(Kind.TRUNCATED, "before");
    }

    @Test
    void refusesAnEntryPastTheEnd() throws IOException {
        Images.patchLong(image, SNAPSHOTS_OFFSET, 1L << 40);
        refused(Kind.TRUNCATED, "before");
    }

    @Test
    void refusesEndlessExtraData() throws IOException {
        Images.patchInt(image, table() + 36, -1);
        refused(Kind.LIMIT, "before");
    }

    @Test
    void refusesADiskThatItsTableCannotHold() throws IOException {
        Images.patchLong(image, table() + 40 + 8, Long.MAX_VALUE);
        refused(Kind.CORRUPT, "before");
    }

    /** One is named as another one's id, and one as another one. */
    @Test
    void takesTheOneThatQemuTakes() throws IOException {
        ForeignTool.require("qemu-img").run("snapshot", "-c", "1", image).expectSuccess();
        ForeignTool.require("qemu-img").run("snapshot", "-c", "before", image).expectSuccess();
        Path expected = folder.resolve("expected.raw");
        for (String snapshot :
                List.of(
                        "1",
                        "before",
                        "snapshot.id=1",
                        "snapshot.name=1",
                        "snapshot.name=before",
                        "snapshot.id=5,snapshot.name=before")) {
            ForeignTool.require("qemu-img")
                    .run("convert", "-l", snapshot, "-f", "qcow2", "-O", "raw", image, expected)
                    .expectSuccess();
            try (DiskImage opened = open(image, snapshot)) {
                byte[] padded = Arrays.copyOf(Images.bytes(opened), 5 << 20);
                assertArrayEquals(Files.readAllBytes(expected), padded, snapshot);
            }
        }
        refused(Kind.REFERENCE_MISSING, "snapshot.id=before");
        refused(Kind.REFERENCE_MISSING, "snapshot.id=1,snapshot.name=1");
    }

    /** In version 2 the size need not be recorded: it is the disk's. */
    @Test
    void readsAnEntryWithoutExtraData() throws IOException {
        Path old = folder.resolve("old.qcow2");
        byte[] content = RandomContent.bytes(Replay.generator(52), 1 << 20, 4096);
        Qcow2Oracle.write(Content.of(content), old, Qcow2Oracle.Options.plain().withVersion(2));
        long l1 = Images.peek(old, 40, 8).getLong();
        long end = Files.size(old);
        Images.patch(old, end, new byte[48]);
        Images.patchLong(old, end, l1);
        Images.patchInt(old, end + ENTRY_L1_SIZE, Images.peek(old, 36, 4).getInt());
        Images.patch(old, end + 12, new byte[] {0, 1, 0, 2});
        Images.patch(old, end + 40, "1it".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        Images.patchInt(old, 60, 1);
        Images.patchLong(old, SNAPSHOTS_OFFSET, end);
        try (DiskImage opened = open(old, "it")) {
            assertArrayEquals(content, Images.bytes(opened));
        }
    }
}
