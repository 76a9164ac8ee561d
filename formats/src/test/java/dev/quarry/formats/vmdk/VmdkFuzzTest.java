package dev.quarry.formats.vmdk;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.quarry.formats.Fuzzing;
import dev.quarry.formats.MemoryStorage;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Random bytes as VMDK. */
final class VmdkFuzzTest {

    private static final VmdkFormat FORMAT = new VmdkFormat();

    @FuzzTest(maxDuration = "100h")
    void descriptors(byte[] input) {
        Fuzzing.expectNoMoreThanRefusal(
                () -> VmdkDescriptor.parse(MemorySegment.ofArray(input), "memory"));
    }

    @FuzzTest(maxDuration = "100h")
    void headers(byte[] input) {
        MemorySegment bytes = MemorySegment.ofArray(input);
        Fuzzing.expectNoMoreThanRefusal(() -> VmdkHeader.parse(bytes, 0, "memory"));
        Fuzzing.expectNoMoreThanRefusal(() -> VmdkHeader.parseCowd(bytes, "memory"));
        Fuzzing.expectNoMoreThanRefusal(() -> SeSparseHeader.read(new MemoryStorage(input)));
    }

    /** Extents of a descriptor are the file itself, whatever they are called. */
    @FuzzTest(maxDuration = "100h")
    void wholeImages(byte[] input) {
        Fuzzing.readWholly(FORMAT, new MemoryStorage(input));
    }

    /** An extent of every kind beside a descriptor that believes its size. */
    @FuzzTest(maxDuration = "100h")
    void extents(byte[] input) {
        ByteBuffer bytes =
                ByteBuffer.wrap(Arrays.copyOf(input, Math.max(input.length, 24)))
                        .order(ByteOrder.LITTLE_ENDIAN);
        readExtent(input, "SPARSE", bytes.getLong(12));
        readExtent(input, "VMFSSPARSE", Integer.toUnsignedLong(bytes.getInt(12)));
        readExtent(input, "SESPARSE", bytes.getLong(16));
    }

    private static void readExtent(byte[] input, String type, long sectors) {
        String descriptor =
                "# Disk DescriptorFile\ncreateType=\"custom\"\nRW "
                        + (sectors & Long.MAX_VALUE)
                        + " "
                        + type
                        + " \"extent\"\n";
        byte[] text = descriptor.getBytes(StandardCharsets.UTF_8);
        Fuzzing.readWholly(FORMAT, new MemoryStorage(text, input));
    }
}
