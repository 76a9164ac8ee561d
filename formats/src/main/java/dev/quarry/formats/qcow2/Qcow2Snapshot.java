package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.SnapshotInfo;
import dev.quarry.image.SnapshotSelector;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An entry of the snapshot table.
 *
 * @param l1Position host byte of its L1 table, as it stands there
 * @param l1Entries entries of that table, as they stand there
 * @param position host byte of the entry
 * @param length bytes of the entry, without padding
 * @param info what it says for people
 */
record Qcow2Snapshot(long l1Position, int l1Entries, long position, int length, SnapshotInfo info) {

    /** Bytes of an entry's fixed part. */
    private static final int ENTRY_BYTES = 40;

    private static final int L1_SIZE = 8;
    private static final int ID_LENGTH = 12;
    private static final int NAME_LENGTH = 14;
    private static final int DATE_SECONDS = 16;
    private static final int DATE_NANOS = 20;
    private static final int VM_CLOCK = 24;
    private static final int VM_STATE_SIZE = 32;
    private static final int EXTRA_LENGTH = 36;
    private static final int EXTRA_VM_STATE_SIZE = 0;
    private static final int EXTRA_DISK_SIZE = 8;
    private static final int EXTRA_ICOUNT = 16;

    /** What qemu takes; known fields are 24 bytes. */
    private static final int EXTRA_BYTES_MAX = 1024;

    /** What qemu takes for all entries together. */
    private static final long TABLE_BYTES_MAX = 64 << 20;

    private static final int ALIGNMENT = 8;

    /**
     * Reads the whole table.
     *
     * @throws ImageException if it does not end in the file or exceeds a limit
     */
    static List<Qcow2Snapshot> readAll(Storage storage, Qcow2Header header) throws IOException {
        List<Qcow2Snapshot> snapshots = new ArrayList<>();
        long position = header.snapshotsPosition();
        for (int i = 0; i < header.snapshots(); i++) {
            Qcow2Snapshot snapshot = read(storage, position, i);
            snapshots.add(snapshot);
            position = snapshot.end();
            if (position - header.snapshotsPosition() > TABLE_BYTES_MAX) {
                throw new ImageException(
                        Kind.LIMIT,
                        storage.name(),
                        position,
                        "the snapshot table exceeds 0x" + Long.toHexString(TABLE_BYTES_MAX));
            }
        }
        return snapshots;
    }

    /**
     * Finds the snapshot that a user means.
     *
     * @throws ImageException of kind REFERENCE_MISSING if there is none
     */
    static Qcow2Snapshot find(Storage storage, Qcow2Header header, SnapshotSelector wanted)
            throws IOException {
        List<Qcow2Snapshot> all = readAll(storage, header);
        List<SnapshotInfo> infos = all.stream().map(Qcow2Snapshot::info).toList();
        return all.get(infos.indexOf(wanted.find(infos, storage.name())));
    }

    /**
     * The header for reading this snapshot: the disk as it was, and nothing behind its end, where
     * the state of the machine stands. Bit 63 of its entries may be out of date, and is not looked
     * at.
     *
     * @throws ImageException if the L1 table is misplaced or too small for the disk
     */
    Qcow2Header active(Storage storage, Qcow2Header header) throws ImageException {
        long size = info.diskBytes() == -1 ? header.size() : info.diskBytes();
        if (l1Position < header.clusterSize() || (l1Position & header.clusterSize() - 1) != 0) {
            throw bad(
                    storage,
                    "L1 table at 0x"
                            + Long.toHexString(l1Position)
                            + " is not on a cluster behind the first");
        }
        int limit = L1_BYTES_MAX / L1_ENTRY_BYTES;
        if (l1Entries < 0 || l1Entries > limit) {
            throw bad(
                    storage,
                    "0x"
                            + Integer.toHexString(l1Entries)
                            + " L1 entries exceed 0x"
                            + Integer.toHexString(limit));
        }
        Qcow2Header active = header.withActive(size, l1Entries, l1Position);
        if (size < 0 || active.l1EntriesNeeded() > l1Entries) {
            throw bad(
                    storage,
                    "0x"
                            + Integer.toHexString(l1Entries)
                            + " L1 entries are too few for a disk of 0x"
                            + Long.toHexString(size)
                            + " bytes");
        }
        return active;
    }

    private ImageException bad(Storage storage, String reason) {
        return new ImageException(
                Kind.CORRUPT, storage.name(), position, "snapshot '" + info.id() + "': " + reason);
    }

    /** Host byte at which the next entry begins. */
    long end() {
        return position + (long) Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT;
    }

    private static Qcow2Snapshot read(Storage storage, long position, int index)
            throws IOException {
        MemorySegment fixed = bytes(storage, position, ENTRY_BYTES, index);
        int extraLength = fixed.get(INT, EXTRA_LENGTH);
        if (extraLength < 0 || extraLength > EXTRA_BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    storage.name(),
                    position + EXTRA_LENGTH,
                    "extra data 0x"
                            + Integer.toHexString(extraLength)
                            + " of snapshot "
                            + index
                            + " exceed 0x"
                            + Integer.toHexString(EXTRA_BYTES_MAX));
        }
        int idLength = Short.toUnsignedInt(fixed.get(SHORT, ID_LENGTH));
        int nameLength = Short.toUnsignedInt(fixed.get(SHORT, NAME_LENGTH));
        int rest = extraLength + idLength + nameLength;
        MemorySegment tail = bytes(storage, position + ENTRY_BYTES, rest, index);
        long vmState =
                extraLength >= EXTRA_VM_STATE_SIZE + Long.BYTES
                        ? tail.get(LONG, EXTRA_VM_STATE_SIZE)
                        : Integer.toUnsignedLong(fixed.get(INT, VM_STATE_SIZE));
        SnapshotInfo info =
                new SnapshotInfo(
                        text(tail, extraLength, idLength),
                        text(tail, extraLength + idLength, nameLength),
                        vmState,
                        Integer.toUnsignedLong(fixed.get(INT, DATE_SECONDS)),
                        Integer.toUnsignedLong(fixed.get(INT, DATE_NANOS)),
                        fixed.get(LONG, VM_CLOCK),
                        extra(tail, extraLength, EXTRA_ICOUNT),
                        extra(tail, extraLength, EXTRA_DISK_SIZE));
        return new Qcow2Snapshot(
                fixed.get(LONG, 0), fixed.get(INT, L1_SIZE), position, ENTRY_BYTES + rest, info);
    }

    private static long extra(MemorySegment tail, int extraLength, int field) {
        return extraLength >= field + Long.BYTES ? tail.get(LONG, field) : -1;
    }

    private static String text(MemorySegment tail, int start, int length) {
        byte[] bytes = tail.asSlice(start, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static MemorySegment bytes(Storage storage, long position, int length, int index)
            throws IOException {
        if (position < 0 || length > storage.size() - position) {
            throw new ImageException(
                    Kind.TRUNCATED,
                    storage.name(),
                    position,
                    "entry "
                            + index
                            + " of the snapshot table lies past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
        storage.read(position, bytes);
        return bytes;
    }
}
