package dev.quarry.formats.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Deflate by the JDK's inflate: where libdeflate is not to be had, and to say what is wrong with
 * data that does not decode.
 */
final class JdkInflater implements Decoder {

    private final Inflater inflater;
    private final ByteBuffer beyond = ByteBuffer.allocateDirect(1);

    JdkInflater(boolean bare) {
        this.inflater = new Inflater(bare);
    }

    @Override
    public int decode(MemorySegment encoded, MemorySegment plain) throws MalformedUnitException {
        inflater.reset();
        inflater.setInput(encoded.asByteBuffer());
        ByteBuffer target = plain.asByteBuffer();
        try {
            while (target.hasRemaining() && !inflater.finished()) {
                if (inflater.inflate(target) == 0 && !inflater.finished()) {
                    throw new MalformedUnitException(
                            inflater.needsDictionary()
                                    ? "needs a dictionary"
                                    : "ends after 0x"
                                            + Long.toHexString(inflater.getBytesWritten())
                                            + " plain bytes");
                }
            }
            if (!inflater.finished() && inflater.inflate(beyond.clear()) > 0) {
                throw new MalformedUnitException(
                        "gives more than 0x" + Long.toHexString(plain.byteSize()) + " plain bytes");
            }
        } catch (DataFormatException e) {
            throw new MalformedUnitException(
                    "is no valid deflate stream (" + e.getMessage() + ")", e);
        }
        return target.position();
    }

    @Override
    public void close() {
        inflater.end();
    }
}
