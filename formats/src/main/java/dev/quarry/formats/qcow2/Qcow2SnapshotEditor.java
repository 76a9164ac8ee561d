package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.SnapshotChange;
import dev.quarry.image.SnapshotSelector;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Makes, applies and deletes internal snapshots in place. What is referred to once more is counted
 * before it is referred to, and its copied flags are cleared before: one that is missing is
 * harmless, but by one that is left a writer destroys the snapshot. What is given up is counted
 * down last, and its flags are set after. While counts and copied flags do not agree, the image is
 * marked as dirty, so that its next writer mends it; version 2 has no such mark.
 */
final class Qcow2SnapshotEditor {

    private static final int ENTRY_BYTES = 40;
    private static final int EXTRA_BYTES = 24;
    private static final int ALIGNMENT = 8;
    private static final int NAME_BYTES_MAX = 65535;

    private final OutputFile file;
    private final Storage storage;
    private final Qcow2Header header;
    private final Qcow2Allocator clusters;
    private final List<Qcow2Snapshot> snapshots;
    private final int clusterSize;
    private final ProgressListener listener;
    private final CancelToken cancel;
    private ProgressMeter progress = new ProgressMeter(ProgressListener.none(), 0);

    /**
     * Opens an image to be changed so.
     *
     * @param cancel heeded until the first change is made
     * @throws ImageException if it must not be changed, or has no such snapshot; nothing is changed
     *     then
     */
    static Qcow2SnapshotEditor open(
            OutputFile file, SnapshotChange change, ProgressListener listener, CancelToken cancel)
            throws IOException {
        Qcow2Header header = Qcow2Format.readHeader(file.storage());
        switch (change) {
            case SnapshotChange.Create _ -> {}
            case SnapshotChange.Apply apply ->
                    Qcow2Snapshot.find(
                                    file.storage(), header, SnapshotSelector.of(apply.idOrName()))
                            .active(file.storage(), header);
            case SnapshotChange.Delete delete ->
                    Qcow2Snapshot.find(
                            file.storage(), header, SnapshotSelector.ofName(delete.name()));
        }
        return new Qcow2SnapshotEditor(file, listener, cancel);
    }

    private Qcow2SnapshotEditor(OutputFile file, ProgressListener listener, CancelToken cancel)
            throws IOException {
        this.file = file;
        this.storage = file.storage();
        this.header = Qcow2Editable.require(file, storage, cancel);
        this.clusters = new Qcow2Allocator(file, header);
        this.snapshots = Qcow2Snapshot.readAll(storage, header);
        this.clusterSize = header.clusterSize();
        this.listener = listener;
        this.cancel = cancel;
    }

    /** Tells how far the work is when it goes through so many entries of L1 tables. */
    private void meter(int entries) {
        progress = new ProgressMeter(listener, entries * header.l2Coverage());
    }

    /**
     * Nothing is written before: an image that cannot be changed is left as it was, and so is one
     * whose change was cancelled.
     */
    private void begin() throws IOException {
        cancel.check();
        Qcow2Editable.clearAutoclear(file, header);
        Qcow2Editable.markDirty(file, header, INCOMPATIBLE_DIRTY);
    }

    /** Keeps the disk as it is now under a name. */
    void create(String name) throws IOException {
        if (snapshots.size() == SNAPSHOTS_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    SNAPSHOT_COUNT_POSITION,
                    "0x" + Integer.toHexString(SNAPSHOTS_MAX) + " snapshots are there already");
        }
        Qcow2L1 active = Qcow2L1.read(storage, header.l1Position(), header.l1Entries());
        meter(2 * active.entries());
        visit(active, clusters::addAll);
        long l1Bytes = Math.max(1, header.l1Entries()) * (long) L1_ENTRY_BYTES;
        long l1Position = clusters.allocate(Math.ceilDiv(l1Bytes, (long) clusterSize));
        byte[] entry = entry(l1Position, Math.max(1, header.l1Entries()), nextId(), name);
        begin();
        active.movedTo(l1Position, Math.max(1, header.l1Entries())).writeUnflagged(file);
        long table = writeTable(append(tableWithout(null), entry));
        clusters.flush();
        setFlags(active);
        nameTable(table, snapshots.size() + 1);
        clusters.finish();
        finish();
    }

    /** Makes the disk what it was. */
    void apply(String idOrName) throws IOException {
        Qcow2Snapshot snapshot = Qcow2Snapshot.find(storage, header, SnapshotSelector.of(idOrName));
        Qcow2Header wanted = snapshot.active(storage, header);
        Qcow2L1 then = Qcow2L1.read(storage, snapshot.l1Position(), snapshot.l1Entries());
        Qcow2L1 now = Qcow2L1.read(storage, header.l1Position(), header.l1Entries());
        meter(2 * then.entries() + now.entries());
        visit(then, clusters::addAll);
        visit(now, clusters::freeAll); // Counted down in the end.
        int entries = Math.max(1, snapshot.l1Entries());
        long position =
                clusters.allocate(Math.ceilDiv((long) entries * L1_ENTRY_BYTES, clusterSize));
        begin();
        Qcow2L1 next = then.movedTo(position, entries);
        next.writeUnflagged(file);
        clusters.flush();
        setFlags(next);
        MemorySegment fields = MemorySegment.ofArray(new byte[24]);
        fields.set(LONG, 0, wanted.size());
        fields.set(INT, CRYPT_METHOD_POSITION - SIZE_POSITION, header.cryptMethod());
        fields.set(INT, L1_SIZE_POSITION - SIZE_POSITION, entries);
        fields.set(LONG, L1_TABLE_OFFSET_POSITION - SIZE_POSITION, position);
        file.write(SIZE_POSITION, fields);
        file.sync();
        clusters.freeAll(header.l1Position(), (long) header.l1Entries() * L1_ENTRY_BYTES);
        clusters.finish();
        finish();
    }

    /** Forgets a snapshot. */
    void delete(String name) throws IOException {
        Qcow2Snapshot snapshot = Qcow2Snapshot.find(storage, header, SnapshotSelector.ofName(name));
        Qcow2L1 l1 = Qcow2L1.read(storage, snapshot.l1Position(), snapshot.l1Entries());
        meter(l1.entries() + header.l1Entries());
        visit(l1, clusters::freeAll); // Counted down in the end.
        begin();
        long table = writeTable(tableWithout(snapshot));
        clusters.flush();
        nameTable(table, snapshots.size() - 1);
        clusters.freeAll(snapshot.l1Position(), (long) snapshot.l1Entries() * L1_ENTRY_BYTES);
        clusters.finish();
        setFlags(Qcow2L1.read(storage, header.l1Position(), header.l1Entries()));
        finish();
    }

    /** Takes the mark back, when what was given up is counted down and all flags are true. */
    private void finish() throws IOException {
        Qcow2Editable.markDirty(file, header, 0);
        file.commit();
        progress.finish();
    }

    /** Takes a range of host bytes that an entry refers to. */
    @FunctionalInterface
    private interface Visitor {
        void visit(long position, long length) throws IOException;
    }

    /**
     * Goes through all that a table refers to, but not the table itself; before anything is
     * changed.
     */
    private void visit(Qcow2L1 l1, Visitor visitor) throws IOException {
        MemorySegment table = MemorySegment.ofArray(new byte[clusterSize]);
        for (int i = 0; i < l1.entries(); i++) {
            progress.add(header.l2Coverage());
            if (l1.table(i) == 0) {
                continue;
            }
            cancel.check();
            visitor.visit(l1.table(i), clusterSize);
            storage.read(l1.table(i), table);
            for (long at = 0; at < clusterSize; at += header.l2EntryBytes()) {
                long entry = table.get(LONG, at);
                if ((entry & ENTRY_COMPRESSED) != 0) {
                    visitor.visit(
                            Qcow2Entries.compressedPosition(entry, header.clusterBits()),
                            Qcow2Entries.compressedBytes(entry, header.clusterBits()));
                } else if ((entry & ENTRY_POSITION_MASK) != 0) {
                    visitor.visit(entry & ENTRY_POSITION_MASK, clusterSize);
                }
            }
        }
    }

    /** Sets the copied flag of each entry of the disk's tables as the counts say. */
    private void setFlags(Qcow2L1 active) throws IOException {
        MemorySegment table = MemorySegment.ofArray(new byte[clusterSize]);
        for (int i = 0; i < active.entries(); i++) {
            progress.add(header.l2Coverage());
            long position = active.table(i);
            if (position == 0) {
                continue;
            }
            active.setFlag(i, clusters.count(position) == 1);
            storage.read(position, table);
            boolean changed = false;
            for (long at = 0; at < clusterSize; at += header.l2EntryBytes()) {
                long entry = table.get(LONG, at);
                long data = entry & ENTRY_POSITION_MASK;
                if ((entry & ENTRY_COMPRESSED) == 0 && data != 0) {
                    long flagged =
                            clusters.count(data) == 1
                                    ? entry | ENTRY_COPIED
                                    : entry & ~ENTRY_COPIED;
                    changed |= flagged != entry;
                    table.set(LONG, at, flagged);
                }
            }
            if (changed) {
                file.write(position, table);
            }
        }
        active.write(file);
        file.sync();
    }

    private String nextId() {
        long highest = 0;
        for (Qcow2Snapshot snapshot : snapshots) {
            String id = snapshot.info().id();
            if (id.matches("\\d{1,18}")) {
                highest = Math.max(highest, Long.parseLong(id));
            }
        }
        return Long.toString(highest + 1);
    }

    private byte[] entry(long l1Position, int l1Entries, String id, String name)
            throws ImageException {
        byte[] idBytes = id.getBytes(StandardCharsets.UTF_8);
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        if (nameBytes.length > NAME_BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    "a name of " + nameBytes.length + " bytes exceeds " + NAME_BYTES_MAX);
        }
        int length = ENTRY_BYTES + EXTRA_BYTES + idBytes.length + nameBytes.length;
        MemorySegment entry =
                MemorySegment.ofArray(new byte[Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT]);
        Instant now = Instant.now();
        entry.set(LONG, 0, l1Position);
        entry.set(INT, 8, l1Entries);
        entry.set(SHORT, 12, (short) idBytes.length);
        entry.set(SHORT, 14, (short) nameBytes.length);
        entry.set(INT, 16, (int) now.getEpochSecond());
        entry.set(INT, 20, now.getNano());
        entry.set(INT, 36, EXTRA_BYTES);
        entry.set(LONG, ENTRY_BYTES + 8, header.size());
        MemorySegment.copy(
                MemorySegment.ofArray(idBytes),
                0,
                entry,
                ENTRY_BYTES + EXTRA_BYTES,
                idBytes.length);
        MemorySegment.copy(
                MemorySegment.ofArray(nameBytes),
                0,
                entry,
                ENTRY_BYTES + EXTRA_BYTES + idBytes.length,
                nameBytes.length);
        return entry.toArray(ValueLayout.JAVA_BYTE);
    }

    /** The table's bytes as they are, without one entry. */
    private byte[] tableWithout(@Nullable Qcow2Snapshot left) throws IOException {
        byte[] table = new byte[0];
        for (Qcow2Snapshot snapshot : snapshots) {
            if (left == null || snapshot.position() != left.position()) {
                int length = (int) (snapshot.end() - snapshot.position());
                // The last entry need not be padded.
                MemorySegment entry = MemorySegment.ofArray(new byte[length]);
                storage.read(snapshot.position(), entry.asSlice(0, snapshot.length()));
                table = append(table, entry.toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return table;
    }

    private static byte[] append(byte[] table, byte[] entry) {
        byte[] longer = Arrays.copyOf(table, table.length + entry.length);
        System.arraycopy(entry, 0, longer, table.length, entry.length);
        return longer;
    }

    /** Writes a snapshot table to new clusters; returns where it is, or 0 for an empty one. */
    private long writeTable(byte[] table) throws IOException {
        long position = 0;
        if (table.length > 0) {
            position = clusters.allocate(Math.ceilDiv((long) table.length, clusterSize));
            MemorySegment padded =
                    MemorySegment.ofArray(
                            new byte[Math.ceilDiv(table.length, clusterSize) * clusterSize]);
            MemorySegment.copy(MemorySegment.ofArray(table), 0, padded, 0, table.length);
            file.write(position, padded);
        }
        file.sync();
        return position;
    }

    /** Lets the header name a snapshot table, and gives the one before up. */
    private void nameTable(long position, int count) throws IOException {
        MemorySegment fields = MemorySegment.ofArray(new byte[Integer.BYTES + Long.BYTES]);
        fields.set(INT, 0, count);
        fields.set(LONG, Integer.BYTES, position);
        file.write(SNAPSHOT_COUNT_POSITION, fields);
        file.sync();
        if (!snapshots.isEmpty()) {
            clusters.freeAll(
                    header.snapshotsPosition(),
                    snapshots.getLast().end() - header.snapshotsPosition());
        }
    }
}
