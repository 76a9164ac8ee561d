package dev.quarry.formats.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Deflate by libdeflate; what that refuses, the JDK judges, because it says what is wrong. */
final class LibdeflateDecoder implements Decoder {

    private static final int SUCCESS = 0;

    private final Wrapping wrapping;
    private final MemorySegment decompressor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment consumed = arena.allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment produced = arena.allocate(ValueLayout.JAVA_LONG);

    LibdeflateDecoder(Wrapping wrapping) {
        this.wrapping = wrapping;
        try {
            this.decompressor =
                    Libdeflate.requireMemory(
                            (MemorySegment) Libdeflate.functions().newDecompressor().invokeExact());
        } catch (Error e) {
            throw e;
        } catch (Throwable t) {
            throw Libdeflate.unexpected(t);
        }
    }

    @Override
    public int decode(MemorySegment encoded, MemorySegment plain) throws MalformedUnitException {
        if (decompress(encoded, plain) == SUCCESS) {
            return (int) produced.get(ValueLayout.JAVA_LONG, 0);
        }
        try (JdkInflater jdk = DeflateDecoder.jdk(wrapping)) {
            return jdk.decode(encoded, plain);
        }
    }

    private int decompress(MemorySegment encoded, MemorySegment plain) {
        Libdeflate.Functions functions = Libdeflate.functions();
        try {
            return wrapping == Wrapping.BARE
                    ? (int)
                            functions
                                    .decompressBare()
                                    .invokeExact(
                                            decompressor,
                                            encoded,
                                            encoded.byteSize(),
                                            plain,
                                            plain.byteSize(),
                                            consumed,
                                            produced)
                    : (int)
                            functions
                                    .decompressZlib()
                                    .invokeExact(
                                            decompressor,
                                            encoded,
                                            encoded.byteSize(),
                                            plain,
                                            plain.byteSize(),
                                            consumed,
                                            produced);
        } catch (Throwable t) {
            throw Libdeflate.unexpected(t);
        }
    }

    @Override
    public void close() {
        try {
            Libdeflate.functions().freeDecompressor().invokeExact(decompressor);
        } catch (Throwable t) {
            throw Libdeflate.unexpected(t);
        }
        arena.close();
    }
}
