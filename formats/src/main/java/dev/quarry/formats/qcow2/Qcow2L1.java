package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;

/** The L1 table of an image that is changed in place: in memory, with what was changed. */
final class Qcow2L1 {

    private final long position;
    private final long[] words;
    private final BitSet changed = new BitSet();

    private Qcow2L1(long position, long[] words) {
        this.position = position;
        this.words = words;
    }

    static Qcow2L1 read(Storage storage, long position, int entries) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[entries * L1_ENTRY_BYTES]);
        storage.read(position, bytes);
        return new Qcow2L1(position, bytes.toArray(LONG));
    }

    long position() {
        return position;
    }

    int entries() {
        return words.length;
    }

    /** Host byte of an L2 table, or 0 if there is none. */
    long table(int index) {
        return words[index] & ENTRY_POSITION_MASK;
    }

    /** Refers to a table that nothing else refers to, or to none if it is 0. */
    void set(int index, long table) {
        words[index] = table == 0 ? 0 : table | ENTRY_COPIED;
        changed.set(index);
    }

    /** The same entries and further empty ones, to stand elsewhere; what was changed still is. */
    Qcow2L1 movedTo(long newPosition, int entries) {
        Qcow2L1 moved = new Qcow2L1(newPosition, Arrays.copyOf(words, entries));
        moved.changed.or(changed);
        return moved;
    }

    /** Says whether nothing else refers to the table of an entry. */
    void setFlag(int index, boolean copied) {
        long flagged = copied ? words[index] | ENTRY_COPIED : words[index] & ~ENTRY_COPIED;
        if (flagged != words[index]) {
            words[index] = flagged;
            changed.set(index);
        }
    }

    /** Writes all entries as of tables that several refer to. */
    void writeUnflagged(OutputFile file) throws IOException {
        MemorySegment all = MemorySegment.ofArray(new byte[words.length * L1_ENTRY_BYTES]);
        for (int i = 0; i < words.length; i++) {
            all.setAtIndex(LONG, i, words[i] & ~ENTRY_COPIED);
        }
        file.write(position, all);
    }

    /**
     * Writes all entries that were not changed, and zeros for those that were: {@link #write}
     * follows when their tables are there.
     */
    void writeAll(OutputFile file, long bytes) throws IOException {
        MemorySegment all = MemorySegment.ofArray(new byte[(int) bytes]);
        for (int i = 0; i < words.length; i++) {
            all.setAtIndex(LONG, i, changed.get(i) ? 0 : words[i]);
        }
        file.write(position, all);
    }

    /** Writes the entries that were changed. */
    void write(OutputFile file) throws IOException {
        for (int start = changed.nextSetBit(0); start >= 0; ) {
            int end = changed.nextClearBit(start);
            MemorySegment run = MemorySegment.ofArray(new byte[(end - start) * L1_ENTRY_BYTES]);
            MemorySegment.copy(words, start, run, LONG, 0, end - start);
            file.write(position + (long) start * L1_ENTRY_BYTES, run);
            start = changed.nextSetBit(end);
        }
        changed.clear();
    }
}
