package dev.quarry.formats;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.quarry.image.ImageFormats;

/** Random bytes that come through a pipe. */
final class StreamFuzzTest {

    private static final ImageFormats FORMATS = ImageFormats.installed();

    @FuzzTest(maxDuration = "100h")
    void streams(byte[] input) {
        Fuzzing.readForward(FORMATS, input);
    }
}
