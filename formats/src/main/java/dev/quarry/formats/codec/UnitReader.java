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

    /**
     * Units kept for partial reads: more than the threads that read side by side, and at most 32
     * MiB with units of 4 MiB.
     */
    private static final int KEPT_UNITS = 8;

    /**
     * Where a unit is and what it must give.
     *
     * @param position host byte at which the compressed data begins; identifies the unit
     * @param encodedBytes compressed bytes that are there to be read, with what may follow them
     * @param plainBytes bytes that it may give at most
     * @param requiredBytes bytes that it must give; the rest of {@code plainBytes} is zeros if it
     *     gives less
     * @param cut whether the file ends before the space that the image claims for the unit
     */
    public record Unit(
            long position, int encodedBytes, int plainBytes, int requiredBytes, boolean cut) {}

    private final class Context implements Closeable {
        private final Decoder decoder = decoders.get();
        private final Arena arena = Arena.ofShared();
        private final MemorySegment encoded = arena.allocate(encodedBytesMax);

        @Override
        public void close() {
            arena.close();
            decoder.close();
        }
    }

    /** A decoded unit. Guarded by itself. */
    private static final class Kept {
        private long position = -1;
        private @Nullable MemorySegment plain;
    }

    private final Storage storage;
    private final Supplier<Decoder> decoders;
    private final int encodedBytesMax;
    private final int plainBytesMax;
    private final ConcurrentLinkedDeque<Context> idle = new ConcurrentLinkedDeque<>();
    private final Kept[] kept = new Kept[KEPT_UNITS];
    private final Arena arena = Arena.ofShared();

    /**
     * @param storage where the units are; not closed here
     * @param decoders makes a decoder for a thread
     * @param encodedBytesMax bytes of the largest compressed unit
     * @param plainBytesMax bytes of the largest plain unit
     */
    public UnitReader(
            Storage storage, Supplier<Decoder> decoders, int encodedBytesMax, int plainBytesMax) {
        this.storage = storage;
        this.decoders = decoders;
        this.encodedBytesMax = encodedBytesMax;
        this.plainBytesMax = plainBytesMax;
        for (int i = 0; i < KEPT_UNITS; i++) {
            kept[i] = new Kept();
        }
    }

    /**
     * Fills {@code target} with the unit's plain bytes from {@code from} on.
     *
     * @param from first byte of the unit, at least 0
     * @throws ImageException of kind CORRUPT or TRUNCATED if the unit does not give what it must
     */
    public void read(Unit unit, int from, MemorySegment target) throws IOException {
        if (from == 0 && target.byteSize() == unit.plainBytes && target.isNative()) {
            decode(unit, target);
            return;
        }
        Kept place =
                kept[
                        (int)
                                Long.remainderUnsigned(
                                        (unit.position * 0x9E3779B97F4A7C15L) >>> 32, KEPT_UNITS)];
        synchronized (place) {
            MemorySegment plain = place.plain;
            if (plain == null) {
                plain = arena.allocate(plainBytesMax);
                place.plain = plain;
            }
            if (place.position != unit.position) {
                place.position = -1;
                decode(unit, plain.asSlice(0, unit.plainBytes));
                place.position = unit.position;
            }
            MemorySegment.copy(plain, from, target, 0, target.byteSize());
        }
    }

    private void decode(Unit unit, MemorySegment plain) throws IOException {
        Context context = idle.pollFirst();
        if (context == null) {
            context = new Context();
        }
        try {
            MemorySegment encoded = context.encoded.asSlice(0, unit.encodedBytes);
            storage.read(unit.position, encoded);
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
                    storage.name(),
                    unit.position,
                    "compressed data "
                            + e.getMessage()
                            + (unit.cut ? ", and the file ends in it" : ""),
                    e);
        } finally {
            idle.addFirst(context);
        }
    }

    @Override
    public void close() {
        idle.forEach(Context::close);
        idle.clear();
        arena.close();
    }
}
