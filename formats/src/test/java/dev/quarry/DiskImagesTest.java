package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.DiskImages.Afterwards;
import dev.quarry.DiskImages.NewBacking;
import dev.quarry.DiskImages.Shrinking;
import dev.quarry.formats.Images;
import dev.quarry.image.CheckReport;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageException;
import dev.quarry.image.ReferenceGate;
import dev.quarry.image.SnapshotChange;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.operation.Comparison.Outcome;
import dev.quarry.operation.Comparison.Strictness;
import dev.quarry.operation.MapEntry;
import dev.quarry.storage.Preallocation;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.Qcow2Oracle;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** The verbs as a program calls them: images of an independent writer, no command. */
final class DiskImagesTest {

    private static final int DISK_BYTES = 1 << 20;

    private final DiskImages images = DiskImages.installed();
    private final CancelToken cancel = new CancelToken();

    @TempDir private Path folder;

    private byte[] content = new byte[0];
    private Path base = Path.of("");
    private Path overlay = Path.of("");

    @BeforeEach
    void writeImages() throws IOException {
        content = new byte[DISK_BYTES];
        new SplittableRandom(3).nextBytes(content);
        java.util.Arrays.fill(content, 0, 200_000, (byte) 0);
        base = folder.resolve("base.qcow2");
        Qcow2Oracle.write(Content.of(content), base, Qcow2Oracle.Options.plain());
        overlay = folder.resolve("overlay.qcow2");
        images.create(
                overlay,
                "qcow2",
                DISK_BYTES,
                new CreateOptions("base.qcow2", "qcow2", Map.of("cluster_size", "4k")),
                ProgressListener.none(),
                cancel);
    }

    private ImageFile allowed(Path path) throws IOException {
        return ImageFile.of(path).withGate(ReferenceGate.within(folder));
    }

    private Outcome compare(Path one, Path other) throws IOException {
        return images.compare(
                        allowed(one),
                        allowed(other),
                        Strictness.CONTENT,
                        ProgressListener.none(),
                        cancel)
                .outcome();
    }

    private void snapshot(SnapshotChange change) throws IOException {
        images.changeSnapshots(ImageFile.of(base), change, ProgressListener.none(), cancel);
    }

    /** What tells how far it is, and ends before it has changed anything. */
    @Test
    void snapshotsAreToldOfAndEnd() throws IOException {
        List<SnapshotChange> changes =
                List.of(
                        new SnapshotChange.Create("one"),
                        new SnapshotChange.Apply("one"),
                        new SnapshotChange.Delete("one"));
        for (SnapshotChange change : changes) {
            byte[] before = Files.readAllBytes(base);
            CancelToken stop = new CancelToken();
            ProgressListener stops = (_, _) -> stop.cancel();
            assertThrows(
                    CancelledException.class,
                    () -> images.changeSnapshots(ImageFile.of(base), change, stops, stop));
            assertArrayEquals(before, Files.readAllBytes(base), change.toString());
            List<Long> heard = new ArrayList<>();
            images.changeSnapshots(
                    ImageFile.of(base),
                    change,
                    (done, total) -> {
                        heard.add(done);
                        assertTrue(done <= total, done + " of " + total);
                    },
                    cancel);
            assertEquals(0, heard.getFirst());
            assertTrue(heard.getLast() >= DISK_BYTES, heard.toString());
            assertTrue(images.check(ImageFile.of(base), _ -> {}, cancel).isClean());
            assertArrayEquals(content, Images.bytes(base));
        }
    }

    /** The look at the whole image that comes before the first change ends, too. */
    @Test
    void whatIsCancelledBeforeItsFirstChangeChangesNothing() throws IOException {
        byte[] before = Files.readAllBytes(base);
        cancel.cancel();
        assertThrows(
                CancelledException.class,
                () ->
                        images.resize(
                                ImageFile.of(base),
                                size -> size * 2,
                                Shrinking.REFUSED,
                                Preallocation.OFF,
                                ProgressListener.none(),
                                cancel));
        assertArrayEquals(before, Files.readAllBytes(base));
    }

    @Test
    void mapsAndChecks() throws IOException {
        List<MapEntry> entries = new ArrayList<>();
        images.map(allowed(overlay), 0, Long.MAX_VALUE, entries::add, cancel);
        assertEquals(0, entries.getFirst().start());
        assertEquals(DISK_BYTES, entries.getLast().end());
        assertTrue(entries.stream().anyMatch(entry -> entry.depth() == 1 && entry.data()));
        assertTrue(images.check(ImageFile.of(overlay), finding -> {}, cancel).isClean());
        assertEquals(2, images.backingChain(allowed(overlay)).size());
    }

    @Test
    void everyChangeKeepsTheContent() throws IOException {
        snapshot(new SnapshotChange.Create("before"));
        images.rebase(allowed(overlay), null, ProgressListener.none(), cancel);
        assertArrayEquals(content, Images.bytes(overlay));
        images.rebase(
                allowed(overlay),
                new NewBacking("base.qcow2", "qcow2"),
                ProgressListener.none(),
                cancel);
        images.commit(allowed(overlay), 1, Afterwards.EMPTY, ProgressListener.none(), cancel);
        assertEquals(Outcome.IDENTICAL, compare(base, overlay));
        images.resize(
                ImageFile.of(base),
                size -> size * 2,
                Shrinking.REFUSED,
                Preallocation.OFF,
                ProgressListener.none(),
                cancel);
        assertEquals(Outcome.IDENTICAL, compare(base, overlay));
        snapshot(new SnapshotChange.Apply("before"));
        assertArrayEquals(content, Images.bytes(base));
        snapshot(new SnapshotChange.Delete("before"));
        assertTrue(images.check(ImageFile.of(base), finding -> {}, cancel).isClean());
    }

    @Test
    void whatIsCancelledChangesNothing() throws IOException {
        byte[] before = Files.readAllBytes(base);
        List<Long> heard = new ArrayList<>();
        ProgressListener stops =
                (done, total) -> {
                    heard.add(total);
                    cancel.cancel();
                };
        assertThrows(
                CancelledException.class,
                () -> images.commit(allowed(overlay), 1, Afterwards.EMPTY, stops, cancel));
        assertThrows(
                CancelledException.class,
                () ->
                        images.compare(
                                allowed(base),
                                allowed(overlay),
                                Strictness.CONTENT,
                                stops,
                                cancel));
        assertEquals(List.of((long) DISK_BYTES, (long) DISK_BYTES), heard);
        assertArrayEquals(before, Files.readAllBytes(base));
    }

    /** What is written to make room is told of, and ends when that is asked for. */
    @Test
    void preallocationEndsWhenItIsCancelled() throws IOException {
        CreateOptions full = new CreateOptions(null, null, Map.of("preallocation", "full"));
        long size = 64L << 20;
        for (String format : List.of("raw", "qcow2")) {
            Path file = folder.resolve("full." + format);
            List<Long> heard = new ArrayList<>();
            images.create(file, format, size, full, (done, _) -> heard.add(done), cancel);
            assertEquals(size, heard.getLast(), heard.toString());
            CancelToken stop = new CancelToken();
            ProgressListener stops = (_, _) -> stop.cancel();
            byte[] before = Files.readAllBytes(file);
            assertThrows(
                    CancelledException.class,
                    () -> images.create(file, format, size * 2, full, stops, stop));
            assertArrayEquals(before, Files.readAllBytes(file), "the old one stays");
            CancelToken stopAgain = new CancelToken();
            ImageFile grown = ImageFile.of(file).withFormat(format);
            assertThrows(
                    CancelledException.class,
                    () ->
                            images.resize(
                                    grown,
                                    bytes -> bytes * 2,
                                    Shrinking.REFUSED,
                                    Preallocation.FULL,
                                    (_, _) -> stopAgain.cancel(),
                                    stopAgain));
            assertEquals(size, images.info(grown).virtualSize());
            CheckReport check = format.equals("raw") ? null : images.check(grown, _ -> {}, cancel);
            assertTrue(check == null || check.corruptions() == 0, format);
            assertTrue(check == null || check.leaks() == 0, "the space is given back");
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of(), files.filter(file -> file.toString().endsWith(".tmp")).toList());
        }
    }

    @Test
    void measuringIsToldOfAndEnds() throws IOException {
        List<Long> heard = new ArrayList<>();
        CreateOptions plain = CreateOptions.defaults();
        images.measure(allowed(overlay), "qcow2", plain, (done, _) -> heard.add(done), cancel);
        assertEquals((long) DISK_BYTES, heard.getLast(), heard.toString());
        CancelToken stop = new CancelToken();
        stop.cancel();
        assertThrows(
                CancelledException.class,
                () ->
                        images.measure(
                                allowed(overlay), "qcow2", plain, ProgressListener.none(), stop));
    }

    @Test
    void refusesWhatWasNotAllowed() {
        ImageException refused =
                assertThrows(
                        ImageException.class, () -> images.backingChain(ImageFile.of(overlay)));
        assertEquals(ImageException.Kind.REFERENCE_REFUSED, refused.kind());
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        images.resize(
                                allowed(overlay),
                                _ -> 512,
                                Shrinking.REFUSED,
                                Preallocation.OFF,
                                ProgressListener.none(),
                                cancel));
        assertThrows(ImageException.class, () -> snapshot(new SnapshotChange.Delete("nothing")));
    }
}
