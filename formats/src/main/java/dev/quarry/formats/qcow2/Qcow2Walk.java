package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/**
 * Goes through all tables of an image but its refcounts, counts the references to each host
 * cluster, and says what is wrong with the entries themselves. What is counted as an error, and
 * what is not, is as in qemu-img. For one thread.
 */
final class Qcow2Walk {

    private static final long L1_RESERVED = 0x7f000000000001ffL;
    private static final long L2_RESERVED = 0x3f000000000001feL;

    /** Names where LUKS keeps its header, and how long that is. */
    private static final int EXTENSION_LUKS_HEADER = 0x0537be77;

    private static final long ALL_ALLOCATED = 0xffffffffL;

    private final Storage storage;
    private final Qcow2Header header;
    private final Consumer<String> findings;
    private final CancelToken cancel;
    private final Qcow2References references = new Qcow2References();
    private final int clusterBits;
    private final boolean extended;
    private final boolean external;

    /** More than one for each cluster and L1 table cannot be different ones. */
    private long tablesLeft;

    /** Bytes of tables that do not overlap fit into the file. */
    private long tableBytesLeft;

    /** Whether more clusters may be referred to than were counted. */
    boolean missesReferences;

    long corruptions;
    long checkErrors;
    long allocatedClusters;
    long fragmentedClusters;
    long compressedClusters;

    Qcow2Walk(Storage storage, Qcow2Header header, Consumer<String> findings, CancelToken cancel) {
        this.storage = storage;
        this.header = header;
        this.findings = findings;
        this.cancel = cancel;
        this.clusterBits = header.clusterBits();
        this.extended = header.has(INCOMPATIBLE_EXTENDED_L2);
        this.external = header.has(INCOMPATIBLE_DATA_FILE);
    }

    Qcow2References references() {
        return references;
    }

    /** Goes through the header, the tables of the disk and of its snapshots. */
    void walk() throws IOException {
        List<Qcow2Snapshot> snapshots = Qcow2Snapshot.readAll(storage, header);
        long clusters = Math.ceilDiv(storage.size(), header.clusterSize());
        tablesLeft = Math.multiplyExact(clusters + 1, snapshots.size() + 1L);
        tableBytesLeft = storage.size() + header.clusterSize();
        count(0, header.clusterSize());
        walkL1(header.l1Position(), header.l1Entries(), true);
        for (Qcow2Snapshot snapshot : snapshots) {
            walkSnapshot(snapshot);
        }
        if (!snapshots.isEmpty()) {
            count(
                    header.snapshotsPosition(),
                    snapshots.getLast().end() - header.snapshotsPosition());
        }
        Qcow2Bitmaps.count(storage, header, this);
        MemorySegment luks =
                Qcow2Extensions.find(storage, header, EXTENSION_LUKS_HEADER, 2 * Long.BYTES);
        if (header.cryptMethod() == CRYPT_LUKS && luks != null) {
            count(luks.get(LONG, 0), luks.get(LONG, Long.BYTES));
        }
    }

    private void walkSnapshot(Qcow2Snapshot snapshot) throws IOException {
        String name = "snapshot " + snapshot.info().id() + " (" + snapshot.info().name() + ")";
        if ((snapshot.l1Position() & header.clusterSize() - 1) != 0) {
            unread(
                    name
                            + ": the L1 table at "
                            + hex(snapshot.l1Position())
                            + " is not on a cluster");
            return;
        }
        if (snapshot.l1Entries() < 0 || snapshot.l1Entries() > L1_BYTES_MAX / L1_ENTRY_BYTES) {
            unread(
                    name
                            + ": the L1 table of "
                            + hex(snapshot.l1Entries())
                            + " entries is too large");
            return;
        }
        walkL1(snapshot.l1Position(), snapshot.l1Entries(), false);
    }

    private void walkL1(long position, int entries, boolean active) throws IOException {
        if (entries == 0) {
            return;
        }
        long bytes = (long) entries * L1_ENTRY_BYTES;
        if (!countTable("the L1 table", position, bytes)) {
            return;
        }
        takeTable(position, bytes);
        MemorySegment table = MemorySegment.ofArray(new byte[(int) bytes]);
        storage.read(position, table);
        MemorySegment l2 = MemorySegment.ofArray(new byte[header.clusterSize()]);
        for (int i = 0; i < entries; i++) {
            long entry = table.getAtIndex(LONG, i);
            if (entry == 0) {
                continue;
            }
            cancel.check();
            if ((entry & L1_RESERVED) != 0) {
                corrupt("L1 entry " + hex(entry) + " has reserved bits set");
            }
            long l2Position = entry & ENTRY_POSITION_MASK;
            if ((l2Position & header.clusterSize() - 1) != 0) {
                corrupt("the L2 table at " + hex(l2Position) + " is not on a cluster");
            }
            walkL2(l2Position, l2, active);
        }
    }

    /** Counts the clusters of a table, and says whether it can be read. */
    boolean countTable(String what, long position, long bytes) throws IOException {
        boolean counted = count(position, bytes);
        if (counted && position >= 0 && position <= storage.size() - bytes) {
            return true;
        }
        String finding = what + " at " + hex(position) + " cannot be read";
        if (counted) {
            unread(finding);
        } else {
            findings.accept(finding); // As a corruption it is counted already.
            missesReferences = true;
        }
        return false;
    }

    /** What is corrupt is not gone through, so that the references from there are not known. */
    void unread(String finding) {
        corrupt(finding);
        missesReferences = true;
    }

    /**
     * Before a table is read that nothing else may refer to: a small file that names one and the
     * same table again and again would keep a check busy for days.
     */
    void takeTable(long position, long bytes) throws IOException {
        cancel.check();
        tableBytesLeft -= bytes;
        if (tableBytesLeft < 0) {
            throw new ImageException(
                    Kind.LIMIT,
                    storage.name(),
                    position,
                    "L1 tables and those of bitmaps are larger than the file all together");
        }
    }

    private void walkL2(long position, MemorySegment table, boolean active) throws IOException {
        if (tablesLeft-- == 0) {
            throw new ImageException(
                    Kind.LIMIT,
                    storage.name(),
                    header.l1Position(),
                    "the L1 tables name more L2 tables than the file has clusters");
        }
        if (!countTable("the L2 table", position, header.clusterSize())) {
            return;
        }
        storage.read(position, table);
        int entryBytes = header.l2EntryBytes();
        long next = 0;
        for (long at = 0; at < table.byteSize(); at += entryBytes) {
            long entry = table.get(LONG, at);
            long bitmap = extended ? table.get(LONG, at + L2_BITMAP_POSITION) : 0;
            if (entry == 0 && bitmap == 0) {
                continue;
            }
            if ((entry & ENTRY_COMPRESSED) != 0) {
                compressed(entry, bitmap, active);
                continue;
            }
            if ((entry & L2_RESERVED) != 0) {
                corrupt("L2 entry " + hex(entry) + " has reserved bits set");
            }
            next = standard(entry, bitmap, next, active);
        }
    }

    private void compressed(long entry, long bitmap, boolean active) throws IOException {
        if ((entry & ENTRY_COPIED) != 0) {
            corrupt("L2 entry " + hex(entry) + " is compressed, and has the copied flag set");
        }
        if (external || bitmap != 0) {
            corrupt(
                    "L2 entry "
                            + hex(entry)
                            + (external
                                    ? " is compressed, with an external data file"
                                    : " is compressed, and has a bitmap of subclusters"));
            return;
        }
        long start = Qcow2Entries.compressedPosition(entry, clusterBits);
        count(start, Qcow2Entries.compressedBytes(entry, clusterBits));
        if (active) {
            allocatedClusters++;
            compressedClusters++;
            fragmentedClusters++;
        }
    }

    /** Looks at an entry that is not compressed; gives where the next cluster would follow. */
    private long standard(long entry, long bitmap, long next, boolean active) throws IOException {
        long position = entry & ENTRY_POSITION_MASK;
        boolean allocated = position != 0 || (external && (entry & ENTRY_COPIED) != 0);
        if (!allocated) {
            if ((bitmap & ALL_ALLOCATED) != 0) {
                corrupt(
                        "L2 entry "
                                + hex(entry)
                                + " is not allocated, and its bitmap "
                                + hex(bitmap)
                                + " says that subclusters are");
            }
            return next;
        }
        if ((bitmap >>> SUBCLUSTERS & bitmap & ALL_ALLOCATED) != 0) {
            corrupt(
                    "bitmap "
                            + hex(bitmap)
                            + " of L2 entry "
                            + hex(entry)
                            + " has subclusters that are both data and zeros");
        }
        if ((position & header.clusterSize() - 1) != 0) {
            corrupt("the data cluster at " + hex(position) + " is not on a cluster");
        }
        if (active) {
            allocatedClusters++;
            if (next != 0 && position != next) {
                fragmentedClusters++;
            }
        }
        if (!external) {
            count(position, header.clusterSize());
        }
        return position + header.clusterSize();
    }

    /** Counts a reference to every cluster of a range; says whether it is in the file. */
    boolean count(long position, long length) throws IOException {
        if (length <= 0) {
            return true;
        }
        // The last cluster may be half there.
        if (position < 0 || length >= storage.size() - position + header.clusterSize()) {
            corrupt(
                    "what is at "
                            + hex(position)
                            + ", "
                            + hex(length)
                            + " bytes, lies past the end of the file ("
                            + hex(storage.size())
                            + ")");
            return false;
        }
        long last = (position + length - 1) >>> clusterBits;
        for (long cluster = position >>> clusterBits; cluster <= last; cluster++) {
            if (references.add(cluster) == Integer.MAX_VALUE) {
                throw new ImageException(
                        Kind.LIMIT,
                        storage.name(),
                        cluster << clusterBits,
                        "a cluster is referred to more than 0x7fffffff times");
            }
        }
        return true;
    }

    /** Counts a reference to one cluster. */
    void countCluster(long position) throws IOException {
        count(position, header.clusterSize());
    }

    void corrupt(String finding) {
        corruptions++;
        findings.accept(finding);
    }

    void failed(String finding) {
        checkErrors++;
        findings.accept(finding);
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
