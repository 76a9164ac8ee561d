package dev.quarry.formats.ova;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.quarry.formats.Fuzzing;
import dev.quarry.formats.MemoryStorage;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;

/** Random bytes as an archive, or as a descriptor beside which every file has the same bytes. */
final class OvaFuzzTest {

    private static final OvaFormat FORMAT = new OvaFormat();
    private static final ImageFormats FORMATS = ImageFormats.installed();

    @FuzzTest(maxDuration = "100h")
    void wholeImages(byte[] input) {
        Fuzzing.expectNoMoreThanRefusal(() -> {
            MemoryStorage storage = new MemoryStorage(input);
            var _ = FORMATS.detect(storage);
            var _ = FORMAT.inspect(storage);
        });
        Fuzzing.expectNoMoreThanRefusal(() -> {
            var _ = FORMAT.check(new MemoryStorage(input), finding -> {}, new CancelToken());
        });
        Fuzzing.readWholly(FORMAT, FORMATS, new MemoryStorage(input));
    }
}
