package dev.quarry.formats.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.DiskImages;
import dev.quarry.ImageFile;
import dev.quarry.formats.Images;
import dev.quarry.image.CheckReport;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.Repair;
import dev.quarry.image.SnapshotChange;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Checks of images that are damaged or made to harm end, and free nothing that is used. */
final class Qcow2CheckTest {

    private static final int CLUSTER = 65536;

    private final DiskImages images = DiskImages.installed();
    private final List<String> findings = new ArrayList<>();

    @TempDir Path folder;

    private Path image = Path.of("");

    @BeforeEach
    void makeImage() throws IOException {
        image = folder.resolve("disk.qcow2");
        byte[] content = RandomContent.bytes(Replay.generator(61), 20 * CLUSTER, 4096);
        Qcow2Oracle.write(Content.of(content), image, Qcow2Oracle.Options.plain());
    }

    private CheckReport check() throws IOException {
        return images.check(ImageFile.of(image), findings::add, new CancelToken());
    }

    private void extension(int type, int length) throws IOException {
        Images.patchInt(image, 104, type);
        Images.patchInt(image, 108, length);
    }

    /** Adds snapshots that all have one L1 table: theirs is then the end of the file. */
    private void snapshots(int count, long l1Position, int l1Entries) throws IOException {
        long table = end();
        Images.patch(image, table, new byte[CLUSTER]);
        for (long entry = table; entry < table + count * 56L; entry += 56) {
            Images.patchLong(image, entry, l1Position);
            Images.patchInt(image, entry + 8, l1Entries);
            Images.patchInt(image, entry + 36, 16);
            Images.patchLong(image, entry + 48, 20 * CLUSTER);
        }
        Images.patchInt(image, 60, count);
        Images.patchLong(image, 64, table);
    }

    /** The first cluster behind the end of the file. */
    private long end() throws IOException {
        return Math.ceilDiv(Files.size(image), CLUSTER) * (long) CLUSTER;
    }

    @Test
    void aRangeWhoseEndOverflows() throws IOException {
        long far = 0x6000000000000000L;
        Images.patchInt(image, 32, 2);
        extension(0x0537be77, 16);
        Images.patchLong(image, 112, far);
        Images.patchLong(image, 120, far);
        assertEquals(1, check().corruptions(), findings::toString);
        assertTrue(findings.toString().contains(Long.toHexString(far)), findings::toString);
    }

    @Test
    void aSnapshotWhoseL1TableIsBeforeTheFile() throws IOException {
        snapshots(1, -CLUSTER, 1);
        assertTrue(check().corruptions() > 0, findings::toString);
        assertTrue(findings.toString().contains("0xffffffffffff0000"), findings::toString);
        SnapshotChange change = new SnapshotChange.Delete("");
        ImageException e =
                assertThrows(
                        ImageException.class,
                        () ->
                                images.changeSnapshots(
                                        ImageFile.of(image),
                                        change,
                                        ProgressListener.none(),
                                        new CancelToken()));
        assertTrue(e.toString().contains(image.toString()), e::toString);
    }

    /** A directory of bitmaps that all have one and the same table, which is a hole. */
    private void bitmaps(int count, int tableEntries) throws IOException {
        long directory = end();
        long table = directory + CLUSTER;
        Images.patch(image, directory, new byte[CLUSTER]);
        for (int i = 0; i < count; i++) {
            Images.patchLong(image, directory + i * 24L, table);
            Images.patchInt(image, directory + i * 24L + 8, tableEntries);
        }
        Images.truncate(image, table + tableEntries * 8L);
        Images.patchLong(image, 88, 1);
        extension(0x23852875, 24);
        Images.patchInt(image, 112, count);
        Images.patchLong(image, 120, count * 24L);
        Images.patchLong(image, 128, directory);
    }

    @Test
    void aBitmapThatIsTooLarge() throws IOException {
        bitmaps(1, 0x8000000);
        assertTrue(check().corruptions() > 0);
        assertTrue(findings.toString().contains("too large: 0x8000000"), findings::toString);
    }

    @Test
    void bitmapsThatShareATable() throws IOException {
        bitmaps(1000, 8192);
        assertEquals(Kind.LIMIT, assertThrows(ImageException.class, this::check).kind());
    }

    @Test
    void snapshotsThatShareAnEmptyL1Table() throws IOException {
        long l1 = end();
        Images.truncate(image, l1 + CLUSTER);
        snapshots(1000, l1, CLUSTER / 8);
        assertEquals(Kind.LIMIT, assertThrows(ImageException.class, this::check).kind());
    }

    /** What such a table refers to looks leaked, and may be all that is left of a disk. */
    @ParameterizedTest
    @ValueSource(ints = {CLUSTER, CLUSTER / 2})
    void nothingIsFreedWhereATableCannotBeRead(int missing) throws IOException {
        long l1 = Images.peek(image, 40, 8).getLong();
        long l2 = end();
        Images.truncate(image, l2 + CLUSTER - missing);
        Images.patchLong(image, l1, l2 | 1L << 63);
        CheckReport before = check();
        assertEquals(0, before.checkErrors(), findings::toString);
        assertTrue(before.leaks() > 0, findings::toString);
        for (Repair repair : List.of(Repair.LEAKS, Repair.ALL)) {
            if (repair == Repair.ALL && missing < CLUSTER) {
                continue;
            }
            CheckReport report =
                    images.repair(ImageFile.of(image), repair, findings::add, new CancelToken());
            assertTrue(report.corruptions() > 0, findings::toString);
            assertEquals(0, report.leaksFixed(), findings::toString);
            assertEquals(before.leaks(), report.leaks(), findings::toString);
        }
    }

    @Test
    void countsOfAnySizeAreKept() {
        Qcow2References references = new Qcow2References();
        references.add(6);
        for (int i = 0; i < 70_000; i++) {
            assertEquals(i, references.add(7));
        }
        assertEquals(1, references.get(6));
        assertEquals(70_000, references.get(7));
        assertEquals(0, references.get(8));
    }
}
