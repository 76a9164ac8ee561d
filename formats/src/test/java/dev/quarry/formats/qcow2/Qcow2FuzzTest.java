package dev.quarry.formats.qcow2;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.quarry.formats.Fuzzing;
import dev.quarry.formats.MemoryStorage;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.SnapshotInfo;

import java.lang.foreign.MemorySegment;

/** Random bytes as qcow2. */
final class Qcow2FuzzTest {

    private static final Qcow2Format FORMAT = new Qcow2Format();

    @FuzzTest(maxDuration = "100h")
    void headers(byte[] input) {
        Fuzzing.expectNoMoreThanRefusal(
                () -> Qcow2Header.parse(MemorySegment.ofArray(input), "memory"));
    }

    @FuzzTest(maxDuration = "100h")
    void wholeImages(byte[] input) {
        Fuzzing.readWholly(FORMAT, new MemoryStorage(input));
    }

    @FuzzTest(maxDuration = "100h")
    void snapshots(byte[] input) {
        Fuzzing.expectNoMoreThanRefusal(() -> {
            for (SnapshotInfo each : FORMAT.snapshots(new MemoryStorage(input))) {
                OpenOptions options =
                        OpenOptions.of(ImageFormats.of(FORMAT)).withSnapshot(each.id());
                try (DiskImage image = FORMAT.open(new MemoryStorage(input), options)) {
                    if (image.size() > 0) {
                        image.extentAt(0, 1);
                    }
                }
            }
        });
    }
}
