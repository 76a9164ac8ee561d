package dev.quarry.formats.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/** Deflate by the JDK, where libdeflate is not to be had. */
final class JdkDeflater implements Encoder {

    private final Deflater deflater;

    JdkDeflater(boolean bare, int level) {
        this.deflater = new Deflater(level, bare);
    }

    @Override
    public int encode(MemorySegment plain, MemorySegment encoded) {
        deflater.reset();
        deflater.setInput(plain.asByteBuffer());
        deflater.finish();
        ByteBuffer target = encoded.asByteBuffer();
        while (!deflater.finished()) {
            if (deflater.deflate(target) == 0 && !deflater.finished()) {
                return TOO_LARGE;
            }
        }
        return target.position();
    }

    @Override
    public void close() {
        deflater.end();
    }
}
