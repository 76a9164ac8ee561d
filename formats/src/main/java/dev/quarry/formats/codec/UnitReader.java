package dev.quarry.formats.codec;

import dev.quarry.image.ImageException;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/**
 * Reads compressed units of an image, whole or in part. Thread-safe: each reading thread borrows a
 * decoder with a buffer of its own.
 *
 * <p>A whole unit is decoded straight into the caller's memory. A part is copied from one of a few
 * units that are kept decoded, so that a caller who reads on in small steps, or two callers who
 * share a unit, decode it once.
 */
public final class UnitReader implements Closeable {

    /** Units kept for partial reads: more than the threads that usually read side by side. */
    private static final int KEPT_UNITS = 8;

    /** Of large units only so many are kept: a chain of images may have dozens of readers. */
    private static final int KEPT_LARGE_UNITS = 2;

    private static final int LARGE_UNIT_BYTES = 256 << 10;

    /**
     * Where a unit is and what it must give.
     *
     * @param storage what holds it
     * @param position host byte at which the compressed data begins
     * @param encodedBytes compressed bytes that are there to be read, with what may follow them
     * @param plainBytes bytes that it may give at most
     * @param requiredBytes bytes that it must give; the rest of {@code plainBytes} is zeros if it
     *     gives less
     * @param cut whether the file ends before the space that the image claims for the unit
     */
    public record Unit(
            Storage storage,
            long position,
            int encodedBytes,
            int plainBytes,
            int requiredBytes,
            boolean cut) {}

    /** Off-heap memory. Used by one thread at a time. */
    private static final class Buffer implements Closeable {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;

        private Buffer(int bytes) {
            this.memory = arena.allocate(bytes);
        }

        /** The buffer that is there if it is large enough, or else another in its place. */
        static Buffer atLeast(@Nullable Buffer there, int bytes) {
            if (there != null) {
                if (there.memory.byteSize() >= bytes) {
                    return there;
                }
                there.close();
            }
            return new Buffer(bytes);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** What one thread decodes with. */
    private final class Context implements Closeable {
        private final Decoder decoder = decoders.get();
        private @Nullable Buffer encoded;

        MemorySegment encoded(int bytes) {
            encoded = Buffer.atLeast(encoded, bytes);
            return encoded.memory.asSlice(0, bytes);
        }

        @Override
        public void close() {
            if (encoded != null) {
                encoded.close();
            }
            decoder.close();
        }
    }

    /** A decoded unit. Guarded by itself. */
    private static final class Kept {
        private @Nullable Buffer plain;
        private @Nullable Unit unit;

        MemorySegment plain(int bytes) {
            plain = Buffer.atLeast(plain, bytes);
            return plain.memory.asSlice(0, bytes);
        }

        void close() {
            if (plain != null) {
                plain.close();
            }
        }
    }

    private final Supplier<Decoder> decoders;
    private final ConcurrentLinkedDeque<Context> idle = new ConcurrentLinkedDeque<>();
    private final Kept[] kept = new Kept[KEPT_UNITS];
    private volatile boolean closed;

    /**
     * Makes a reader that holds no memory until it is used.
     *
     * @param decoders makes a decoder for a thread
     */
    public UnitReader(Supplier<Decoder> decoders) {
        this.decoders = decoders;
        for (int i = 0; i < KEPT_UNITS; i++) {
            kept[i] = new Kept();
        }
    }

    /**
     * Fills {@code target} with the unit's plain bytes from {@code from} on.
     *
     * @param from first byte of the unit, at least 0
     * @throws ImageException of kind CORRUPT or TRUNCATED if the unit does not give what it must
     * @throws IllegalStateException if this is closed
     */
    public void read(Unit unit, int from, MemorySegment target) throws IOException {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        if (from == 0 && target.byteSize() == unit.plainBytes && target.isNative()) {
            decode(unit, target);
            return;
        }
        Kept place = placeOf(unit);
        synchronized (place) {
            MemorySegment plain = place.plain(unit.plainBytes);
            if (!unit.equals(place.unit)) {
                place.unit = null;
                decode(unit, plain);
                place.unit = unit;
            }
            MemorySegment.copy(plain, from, target, 0, target.byteSize());
        }
    }

    private Kept placeOf(Unit unit) {
        int places = unit.plainBytes > LARGE_UNIT_BYTES ? KEPT_LARGE_UNITS : KEPT_UNITS;
        long hash = (unit.position * 0x9E3779B97F4A7C15L) >>> Integer.SIZE;
        return kept[(int) (hash % places)];
    }

    private void decode(Unit unit, MemorySegment plain) throws IOException {
        Context context = idle.pollFirst();
        if (context == null) {
            context = new Context();
        }
        try {
            MemorySegment encoded = context.encoded(unit.encodedBytes);
            unit.storage.read(unit.position, encoded);
            int produced = context.decoder.decode(encoded, plain);
            if (produced < unit.requiredBytes) {
                throw new MalformedUnitException(
                        "gives 0x"
                                + Integer.toHexString(produced)
                                + " plain bytes, not 0x"
                                + Integer.toHexString(unit.requiredBytes));
            }
            plain.asSlice(produced).fill((byte) 0);
        } catch (MalformedUnitException e) {
            throw new ImageException(
                    unit.cut ? ImageException.Kind.TRUNCATED : ImageException.Kind.CORRUPT,
                    unit.storage.name(),
                    unit.position,
                    "compressed data "
                            + e.getMessage()
                            + (unit.cut ? ", and the file ends in it" : ""),
                    e);
        } finally {
            idle.addFirst(context);
        }
    }

    /** Frees the memory. No thread may read any more. */
    @Override
    public void close() {
        closed = true;
        idle.forEach(Context::close);
        idle.clear();
        for (Kept place : kept) {
            place.close();
        }
    }
}
