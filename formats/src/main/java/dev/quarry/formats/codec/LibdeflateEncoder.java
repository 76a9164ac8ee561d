package dev.quarry.formats.codec;

import java.lang.foreign.MemorySegment;

/** Deflate by libdeflate. */
final class LibdeflateEncoder implements Encoder {

    private final Wrapping wrapping;
    private final MemorySegment compressor;

    /**
     * @param level 1 (fast) to 12 (small)
     */
    LibdeflateEncoder(Wrapping wrapping, int level) {
        this.wrapping = wrapping;
        try {
            this.compressor =
                    Libdeflate.requireMemory(
                            (MemorySegment)
                                    Libdeflate.functions().newCompressor().invokeExact(level));
        } catch (Error e) {
            throw e;
        } catch (Throwable t) {
            throw Libdeflate.unexpected(t);
        }
    }

    @Override
    public int encode(MemorySegment plain, MemorySegment encoded) {
        Libdeflate.Functions functions = Libdeflate.functions();
        long length;
        try {
            length =
                    wrapping == Wrapping.BARE
                            ? (long)
                                    functions
                                            .compressBare()
                                            .invokeExact(
                                                    compressor,
                                                    plain,
                                                    plain.byteSize(),
                                                    encoded,
                                                    encoded.byteSize())
                            : (long)
                                    functions
                                            .compressZlib()
                                            .invokeExact(
                                                    compressor,
                                                    plain,
                                                    plain.byteSize(),
                                                    encoded,
                                                    encoded.byteSize());
        } catch (Throwable t) {
            throw Libdeflate.unexpected(t);
        }
        return length == 0 ? TOO_LARGE : (int) length;
    }

    @Override
    public void close() {
        try {
            Libdeflate.functions().freeCompressor().invokeExact(compressor);
        } catch (Throwable t) {
            throw Libdeflate.unexpected(t);
        }
    }
}
