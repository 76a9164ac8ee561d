package dev.quarry.store;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Little-endian numbers in a region of memory, at any position. Thread-safe.
 *
 * <p>They are read through byte buffers: a process that looks up some ten thousand chunks and ends
 * does that before the optimising compiler has seen it, and until then a {@code MemorySegment.get},
 * which goes through a handle, is the slower of the two.
 */
final class Numbers {

    /** A buffer's positions are {@code int}s. */
    private static final int PART_BITS = 30;

    private final ByteBuffer[] parts;

    /** A view of {@code memory}, valid as long as that is. */
    Numbers(MemorySegment memory) {
        long size = memory.byteSize();
        parts = new ByteBuffer[Math.toIntExact((size >>> PART_BITS) + 1)];
        for (int i = 0; i < parts.length; i++) {
            long start = (long) i << PART_BITS;
            // A number may begin in one part and end in the next.
            long length = Math.min(size - start, (1L << PART_BITS) + Long.BYTES);
            parts[i] = memory.asSlice(start, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    long longAt(long position) {
        return parts[(int) (position >>> PART_BITS)].getLong(indexOf(position));
    }

    int intAt(long position) {
        return parts[(int) (position >>> PART_BITS)].getInt(indexOf(position));
    }

    byte byteAt(long position) {
        return parts[(int) (position >>> PART_BITS)].get(indexOf(position));
    }

    void copy(long position, byte[] target, int index, int length) {
        int at = indexOf(position);
        ByteBuffer part = parts[(int) (position >>> PART_BITS)];
        if (at + length <= part.capacity()) {
            part.get(at, target, index, length);
        } else {
            for (int i = 0; i < length; i++) {
                target[index + i] = byteAt(position + i);
            }
        }
    }

    private static int indexOf(long position) {
        return (int) position & ((1 << PART_BITS) - 1);
    }
}
