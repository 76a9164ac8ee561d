package dev.quarry.benchmarks.index;

import dev.quarry.chunk.Grid;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Ids like those of chunks, made from their rank in the sorted order: evenly spread, and never
 * kept.
 *
 * @param count how many there are
 */
record Keys(long count) {

    private static final VarHandle BIG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Coprime to every count that is no multiple of it: a walk in such steps visits all ranks. */
    private static final long STEP = 2_147_483_647L;

    /** A rank, such that successive numbers are far apart. */
    long rank(long number) {
        return Math.floorMod(number * (STEP % count), count);
    }

    /** Writes the id of a rank. */
    void write(long rank, byte[] id) {
        SplittableRandom random = new SplittableRandom(rank);
        long spacing = Long.divideUnsigned(-1L, count);
        BIG.set(id, 0, rank * spacing + random.nextLong(spacing));
        for (int at = Long.BYTES; at < Grid.DIGEST_BYTES; at += Long.BYTES) {
            BIG.set(id, at, random.nextLong());
        }
    }

    /** Writes an id that is not there, beside that of a rank. */
    void writeMissing(long rank, byte[] id) {
        write(rank, id);
        BIG.set(
                id,
                Grid.DIGEST_BYTES - Long.BYTES,
                ~(long) BIG.get(id, Grid.DIGEST_BYTES - Long.BYTES));
        BIG.set(id, 0, (long) BIG.get(id, 0) ^ 1L << 20);
    }
}
