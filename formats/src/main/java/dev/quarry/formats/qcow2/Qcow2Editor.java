package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.EditableImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.Repair;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Preallocation;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Changes a qcow2 image in place, one layer of it. Data is written to new clusters, or over
 * clusters that only this disk refers to; {@link #flush} then makes durable, in this order, the
 * data, the refcounts, the L2 tables and the L1 table, and {@link #finish} frees what was replaced.
 * So a process that dies leaves leaked clusters at most.
 *
 * <p>Threads that write change the tables one after the other, under this object's monitor, and
 * write their data side by side. No table is flushed while data that it refers to is on its way:
 * they hold the one half of a lock of which a flush holds the other.
 */
final class Qcow2Editor implements EditableImage {

    /** L2 tables kept in memory before they are flushed: 64 GiB of disk with usual clusters. */
    private static final int TABLE_BYTES_MAX = 16 << 20;

    /** A bitmap that says that all subclusters are data, or all are zeros. */
    private static final long ALL_DATA = 0xffffffffL;

    private static final long ALL_ZEROS = ALL_DATA << SUBCLUSTERS;

    private final OutputFile file;
    private final Storage storage;
    private final Qcow2Header header;
    private final int clusterBits;
    private final int clusterSize;
    private final int entryBytes;
    private final int coverageBits;
    private final boolean extended;
    private final ReadWriteLock flushing = new ReentrantReadWriteLock();

    /** These and what follows are guarded by this object's monitor. */
    private final Map<Integer, MemorySegment> changedTables = new HashMap<>();

    private Qcow2Allocator clusters;

    /** The table that was looked at last. */
    private @Nullable MemorySegment lastTable;

    private int lastTableIndex = -1;
    private Qcow2L1 l1;
    private long size;
    private boolean hasBacking;

    /** Opens an image, refusing what it has and this class does not keep true. */
    Qcow2Editor(OutputFile file, CancelToken cancel) throws IOException {
        this.file = file;
        this.storage = file.storage();
        this.header = Qcow2Editable.require(file, storage, cancel);
        this.clusterBits = header.clusterBits();
        this.clusterSize = header.clusterSize();
        this.entryBytes = header.l2EntryBytes();
        this.coverageBits = Long.numberOfTrailingZeros(header.l2Coverage());
        this.extended = header.has(INCOMPATIBLE_EXTENDED_L2);
        this.clusters = new Qcow2Allocator(file, header);
        this.l1 = Qcow2L1.read(storage, header.l1Position(), header.l1Entries());
        this.size = header.size();
        this.hasBacking = header.backingFile() != null;
        Qcow2Editable.clearAutoclear(file, header);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int unitBytes() {
        return clusterSize;
    }

    @Override
    public synchronized Run runAt(long offset, long limit) throws IOException {
        Share share = shareOf(offset);
        long at = offset;
        while (at < limit && shareOf(at) == share) {
            int bits = l1.table(l1Index(at)) == 0 ? coverageBits : clusterBits;
            at = ((at >>> bits) + 1) << bits;
        }
        return new Run(Math.min(at, limit), share);
    }

    private Share shareOf(long offset) throws IOException {
        if (l1.table(l1Index(offset)) == 0) {
            return Share.NONE;
        }
        MemorySegment table = tableToRead(l1Index(offset));
        long entry = table.get(LONG, entryAt(offset));
        if (extended && (entry & ENTRY_COMPRESSED) == 0) {
            long bitmap = table.get(LONG, entryAt(offset) + L2_BITMAP_POSITION);
            long decided = (bitmap | bitmap >>> SUBCLUSTERS) & ALL_DATA;
            return decided == 0 ? Share.NONE : decided == ALL_DATA ? Share.ALL : Share.PART;
        }
        boolean allocated = (entry & (ENTRY_POSITION_MASK | ENTRY_COMPRESSED | ENTRY_ZERO)) != 0;
        return allocated ? Share.ALL : Share.NONE;
    }

    private int l1Index(long offset) {
        return (int) (offset >>> coverageBits);
    }

    private long entryAt(long offset) {
        return ((offset & ((1L << coverageBits) - 1)) >>> clusterBits) * entryBytes;
    }

    private MemorySegment tableToRead(int index) throws IOException {
        MemorySegment changed = changedTables.get(index);
        if (changed != null) {
            return changed;
        }
        MemorySegment last = lastTable;
        if (last == null || index != lastTableIndex) {
            last = readTable(l1.table(index));
            lastTable = last;
            lastTableIndex = index;
        }
        return last;
    }

    private MemorySegment readTable(long position) throws IOException {
        MemorySegment table = MemorySegment.ofArray(new byte[clusterSize]);
        if ((position & clusterSize - 1) != 0 || position > storage.size() - clusterSize) {
            throw new ImageException(
                    Kind.CORRUPT,
                    file.name(),
                    position,
                    "an L2 table is not in the file, or on no cluster");
        }
        storage.read(position, table);
        return table;
    }

    /** Before a change begins: tables are flushed when many were changed. */
    private void makeRoom() throws IOException {
        boolean full;
        synchronized (this) {
            full = (long) changedTables.size() << clusterBits >= TABLE_BYTES_MAX;
        }
        if (full) {
            flush();
        }
    }

    /** The table of an L1 entry, its own and not a snapshot's. */
    private MemorySegment tableToChange(int index) throws IOException {
        MemorySegment table = changedTables.get(index);
        if (table != null) {
            return table;
        }
        long position = l1.table(index);
        if (position == 0) {
            table = MemorySegment.ofArray(new byte[clusterSize]);
            l1.set(index, clusters.allocate(1));
        } else {
            table = tableToRead(index);
            if (clusters.count(position) != 1) {
                l1.set(index, clusters.allocate(1));
                clusters.free(position);
            }
        }
        lastTableIndex = -1;
        changedTables.put(index, table);
        return table;
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        long length = source.byteSize();
        checkUnits(offset, length);
        for (long done = 0; done < length; ) {
            long at = offset + done;
            long end = Math.min(offset + length, ((at >>> coverageBits) + 1) << coverageBits);
            writeInTable(at, source.asSlice(done, end - at));
            done += end - at;
        }
    }

    /** Writes a range under one table: the data before its entries can be flushed. */
    private void writeInTable(long offset, MemorySegment source) throws IOException {
        makeRoom();
        flushing.readLock().lock();
        try {
            long[] positions = places(offset, source.byteSize());
            int runStart = 0;
            for (int i = 1; i <= positions.length; i++) {
                long after = positions[runStart] + ((long) (i - runStart) << clusterBits);
                if (i == positions.length || positions[i] != after) {
                    long start = (long) runStart << clusterBits;
                    long end = Math.min(source.byteSize(), (long) i << clusterBits);
                    file.write(positions[runStart], source.asSlice(start, end - start));
                    padLast(positions[runStart] + (end - start));
                    runStart = i;
                }
            }
        } finally {
            flushing.readLock().unlock();
        }
    }

    /** Gives each cluster of a range under one table a place of its own. */
    private synchronized long[] places(long offset, long length) throws IOException {
        MemorySegment table = tableToChange(l1Index(offset));
        long[] positions = new long[(int) Math.ceilDiv(length, (long) clusterSize)];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = place(table, offset + ((long) i << clusterBits));
        }
        return positions;
    }

    /** The last cluster of a disk may end in the file's end: it is then made whole. */
    private void padLast(long end) throws IOException {
        long whole = Math.ceilDiv(end, (long) clusterSize) * clusterSize;
        if (whole > end) {
            file.write(end, MemorySegment.ofArray(new byte[(int) (whole - end)]));
        }
    }

    /** Gives a cluster a place of its own; returns where its data goes. */
    private long place(MemorySegment table, long offset) throws IOException {
        long at = entryAt(offset);
        long entry = table.get(LONG, at);
        long position = entry & ENTRY_POSITION_MASK;
        boolean compressed = (entry & ENTRY_COMPRESSED) != 0;
        boolean own = !compressed && position != 0 && clusters.count(position) == 1;
        if (!own) {
            release(entry);
            position = clusters.allocate(1);
        }
        setEntry(table, at, position | ENTRY_COPIED, ALL_DATA);
        return position;
    }

    private void setEntry(MemorySegment table, long at, long entry, long bitmap) {
        table.set(LONG, at, entry);
        if (extended) {
            table.set(LONG, at + L2_BITMAP_POSITION, bitmap);
        }
    }

    /** Gives up what an entry refers to. */
    private void release(long entry) {
        if ((entry & ENTRY_COMPRESSED) != 0) {
            clusters.freeAll(
                    Qcow2Entries.compressedPosition(entry, clusterBits),
                    Qcow2Entries.compressedBytes(entry, clusterBits));
        } else if ((entry & ENTRY_POSITION_MASK) != 0) {
            clusters.free(entry & ENTRY_POSITION_MASK);
        }
    }

    @Override
    public void zero(long offset, long length) throws IOException {
        checkUnits(offset, length);
        if (hasBacking && header.version() < 3) {
            writeZeros(offset, length);
            return;
        }
        for (long at = offset; at < offset + length; ) {
            long end = Math.min(offset + length, ((at >>> coverageBits) + 1) << coverageBits);
            makeRoom();
            flushing.readLock().lock();
            try {
                zeroInTable(at, end);
            } finally {
                flushing.readLock().unlock();
            }
            at = end;
        }
    }

    /** Version 2 cannot say that a cluster is zeros whatever the backing file has. */
    private void writeZeros(long offset, long length) throws IOException {
        MemorySegment zeros = MemorySegment.ofArray(new byte[clusterSize]);
        for (long done = 0; done < length; done += clusterSize) {
            write(offset + done, zeros);
        }
    }

    private synchronized void zeroInTable(long start, long end) throws IOException {
        if (!hasBacking && l1.table(l1Index(start)) == 0) {
            return;
        }
        MemorySegment table = tableToChange(l1Index(start));
        long zeros = hasBacking && !extended ? ENTRY_ZERO : 0;
        for (long at = start; at < end; at += clusterSize) {
            release(table.get(LONG, entryAt(at)));
            setEntry(table, entryAt(at), zeros, hasBacking ? ALL_ZEROS : 0);
        }
    }

    private void checkUnits(long offset, long length) {
        long end = offset + length;
        long whole = Math.ceilDiv(size, (long) clusterSize) * clusterSize;
        if (offset < 0
                || length <= 0
                || (offset & clusterSize - 1) != 0
                || ((end & clusterSize - 1) != 0 && end != size)
                || end > whole) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
    }

    /** Gives every cluster of a range that has none a place in the file. */
    private void preallocate(long offset, long length, Preallocation how) throws IOException {
        if (how == Preallocation.OFF) {
            return;
        }
        long start = offset & -clusterSize;
        for (long at = start; at < offset + length; ) {
            long tableEnd = ((at >>> coverageBits) + 1) << coverageBits;
            Run run = runAt(at, Math.min(tableEnd, offset + length));
            if (run.share() == Share.NONE) {
                preallocateRun(at, run.end(), how);
            }
            at = Math.ceilDiv(run.end(), (long) clusterSize) * clusterSize;
        }
    }

    private void preallocateRun(long start, long end, Preallocation how) throws IOException {
        makeRoom();
        MemorySegment table = tableToChange(l1Index(start));
        long count = Math.ceilDiv(end - start, (long) clusterSize);
        long position = clusters.allocateAtEnd(count);
        long bytes = count << clusterBits;
        file.extendTo(position + bytes);
        file.preallocate(position, bytes, how);
        for (long i = 0; i < count; i++) {
            long entry = (position + (i << clusterBits)) | ENTRY_COPIED;
            setEntry(table, entryAt(start + (i << clusterBits)), entry, ALL_DATA);
        }
    }

    @Override
    public void resize(long newSize, long backingSize, Preallocation how) throws IOException {
        if (newSize % SECTOR_BYTES != 0) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    file.name(),
                    SIZE_POSITION,
                    "a size of " + newSize + " bytes is no whole number of sectors");
        }
        if (header.version() < 3 && header.snapshots() > 0) {
            throw Qcow2Editable.refused(
                    file,
                    Kind.UNSUPPORTED,
                    SNAPSHOT_COUNT_POSITION,
                    "has snapshots that do not say their disk's size (version 2)");
        }
        if (newSize < size) {
            shrink(newSize);
        } else {
            grow(newSize, backingSize, how);
        }
    }

    private void grow(long newSize, long backingSize, Preallocation how) throws IOException {
        long needed = Math.ceilDiv(newSize, 1L << coverageBits);
        if (needed > L1_BYTES_MAX / L1_ENTRY_BYTES) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    SIZE_POSITION,
                    "a disk of 0x"
                            + Long.toHexString(newSize)
                            + " bytes is too large for clusters of 0x"
                            + Integer.toHexString(clusterSize)
                            + " bytes");
        }
        long oldSize = size;
        long start = Math.ceilDiv(oldSize, (long) clusterSize) * clusterSize;
        try {
            // Tables may have entries behind the disk's end, which must not come into sight.
            release(start, Math.min(needed, l1.entries()) << coverageBits);
            if (needed > l1.entries()) {
                growL1((int) needed);
            }
            size = newSize;
            long end = Math.min(newSize, backingSize);
            if (end > start) {
                long whole = Math.ceilDiv(end, (long) clusterSize) * clusterSize;
                zero(start, Math.min(newSize, whole) - start);
            }
            preallocate(oldSize, newSize - oldSize, how);
            flush();
        } catch (IOException | RuntimeException e) {
            giveUp(oldSize, start, needed << coverageBits, e);
            throw e;
        }
        // Last: until then the disk has its old size, whatever fails.
        writeSize();
    }

    /**
     * Frees what was to be a disk's new part. What is in memory may need the room that was not
     * there, so it is forgotten: what is in the file is taken back where it is.
     */
    private void giveUp(long oldSize, long start, long end, Exception failure) {
        size = oldSize;
        try {
            // Counted, and not referred to yet.
            CancelToken uncancelled = new CancelToken();
            new Qcow2Checker(storage, file, Repair.LEAKS, _ -> {}, uncancelled).check();
            reload();
            release(start, Math.min(end, (long) l1.entries() << coverageBits));
            finish();
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private void reload() throws IOException {
        changedTables.clear();
        lastTable = null;
        lastTableIndex = -1;
        Qcow2Header now = Qcow2Format.readHeader(storage);
        clusters = new Qcow2Allocator(file, now);
        l1 = Qcow2L1.read(storage, now.l1Position(), now.l1Entries());
    }

    private void growL1(int entries) throws IOException {
        long bytes =
                Math.ceilDiv((long) entries * L1_ENTRY_BYTES, (long) clusterSize) * clusterSize;
        Qcow2L1 old = l1;
        l1 = old.movedTo(clusters.allocate(bytes >>> clusterBits), entries);
        l1.writeAll(file, bytes);
        flush();
        MemorySegment fields = MemorySegment.ofArray(new byte[Integer.BYTES + Long.BYTES]);
        fields.set(INT, 0, entries);
        fields.set(LONG, Integer.BYTES, l1.position());
        file.write(L1_SIZE_POSITION, fields);
        file.sync();
        if (old.entries() > 0) {
            clusters.freeAll(old.position(), (long) old.entries() * L1_ENTRY_BYTES);
        }
    }

    private void shrink(long newSize) throws IOException {
        flush();
        long end = Math.ceilDiv(size, (long) clusterSize) * clusterSize;
        // In memory: what fails here leaves the old size.
        release(Math.ceilDiv(newSize, (long) clusterSize) * clusterSize, end);
        size = newSize;
        writeSize();
        flush();
    }

    /** Gives up all clusters of a range. */
    private void release(long start, long end) throws IOException {
        for (long at = start; at < end; ) {
            int index = l1Index(at);
            long tableStart = (long) index << coverageBits;
            long tableEnd = Math.min(end, tableStart + (1L << coverageBits));
            if (l1.table(index) != 0 && at == tableStart) {
                releaseTable(index);
            } else if (l1.table(index) != 0) {
                MemorySegment changed = tableToChange(index);
                for (long each = at; each < tableEnd; each += clusterSize) {
                    release(changed.get(LONG, entryAt(each)));
                    setEntry(changed, entryAt(each), 0, 0);
                }
            }
            at = tableEnd;
        }
    }

    /** Gives up a whole table and what it refers to. */
    private void releaseTable(int index) throws IOException {
        long position = l1.table(index);
        MemorySegment table = tableToRead(index);
        for (long at = 0; at < clusterSize; at += entryBytes) {
            release(table.get(LONG, at));
        }
        clusters.free(position);
        changedTables.remove(index);
        lastTableIndex = -1;
        l1.set(index, 0);
    }

    private void writeSize() throws IOException {
        MemorySegment field = MemorySegment.ofArray(new byte[Long.BYTES]);
        field.set(LONG, 0, size);
        file.write(SIZE_POSITION, field);
        file.sync();
    }

    @Override
    public void setBacking(@Nullable String backing, @Nullable String format) throws IOException {
        flush();
        Qcow2BackingWriter.setBacking(file, header, backing, format);
        hasBacking = backing != null;
    }

    @Override
    public void clear() throws IOException {
        flush();
        for (int index = 0; index < l1.entries(); index++) {
            if (l1.table(index) != 0) {
                releaseTable(index);
            }
        }
        flush();
    }

    @Override
    public void flush() throws IOException {
        flushing.writeLock().lock();
        try {
            flushTables();
        } finally {
            flushing.writeLock().unlock();
        }
    }

    private synchronized void flushTables() throws IOException {
        file.sync();
        clusters.flush();
        for (Map.Entry<Integer, MemorySegment> table : changedTables.entrySet()) {
            file.write(l1.table(table.getKey()), table.getValue());
        }
        file.sync();
        changedTables.clear();
        lastTableIndex = -1;
        l1.write(file);
        file.sync();
    }

    @Override
    public void finish() throws IOException {
        flush();
        clusters.finish();
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
