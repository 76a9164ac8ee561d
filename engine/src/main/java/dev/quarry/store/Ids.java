package dev.quarry.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Ids of chunks and nodes as arrays of 32 bytes, without an object for each. */
final class Ids {

    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Ids() {}

    /** Eight bytes of an id from {@code index} on, little-endian. */
    static long word(byte[] id, int index) {
        return (long) WORD.get(id, index);
    }

    /**
     * What the index is sorted by: the first eight bytes, the first being the most significant,
     * unsigned.
     */
    static long prefix(byte[] id) {
        return Long.reverseBytes(word(id, 0));
    }
}
