package dev.quarry.formats.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Deflate (RFC 1951), bare or in a zlib wrapping (RFC 1950), by the JDK's inflate. */
public final class DeflateDecoder implements Decoder {

    private final Inflater inflater;
    private final ByteBuffer beyond = ByteBuffer.allocateDirect(1);

    private DeflateDecoder(boolean bare) {
        this.inflater = new Inflater(bare);
    }

    /** Deflate without header and checksum, as in qcow2. */
    public static DeflateDecoder bare() {
        return new DeflateDecoder(true);
    }

    /** With zlib's header and Adler-32, as in VMDK. */
    public static DeflateDecoder zlib() {
        return new DeflateDecoder(false);
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
