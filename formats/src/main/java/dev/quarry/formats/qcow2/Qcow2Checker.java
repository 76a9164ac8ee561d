package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;
import static dev.quarry.formats.qcow2.Qcow2Walk.hex;

import dev.quarry.image.CheckReport;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.Repair;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Compares the reference counts of an image with its tables, counts what is wrong as {@code
 * qemu-img check} counts, and mends it. The tables are believed: where they and the counts differ,
 * the counts are changed. Counts that are too small are raised before any flag that allows writing
 * in place is set; a new refcount table is written behind the end of the file before the header
 * names it. For one thread.
 */
final class Qcow2Checker {

    /** A check costs time for each cluster of the file, whatever it holds; qemu has the limit. */
    private static final long CLUSTERS_MAX = Integer.MAX_VALUE;

    private static final long TABLE_RESERVED = 0x1ff;

    private final Storage storage;
    private final @Nullable OutputFile file;
    private final @Nullable Repair repair;
    private final Consumer<String> findings;
    private final CancelToken cancel;
    private Qcow2Header header;
    private Qcow2Walk walk;
    private Qcow2Refcounts refcounts;
    private long clusters;

    private boolean mustRebuild;
    private boolean mendsFlags;
    private long corruptions;
    private long leaks;
    private long corruptionsFixed;
    private long leaksFixed;
    private long lastUsed;

    /**
     * @param file to be mended, or null
     * @param repair what may be mended, or null
     */
    Qcow2Checker(
            Storage storage,
            @Nullable OutputFile file,
            @Nullable Repair repair,
            Consumer<String> findings,
            CancelToken cancel)
            throws IOException {
        this.storage = storage;
        this.file = file;
        this.repair = repair;
        this.findings = findings;
        this.cancel = cancel;
        this.header = Qcow2Format.readHeader(storage);
        this.walk = new Qcow2Walk(storage, header, findings, cancel);
        this.refcounts = Qcow2Refcounts.open(storage, header);
        this.clusters = countClusters();
    }

    private long countClusters() throws ImageException {
        long count = Math.ceilDiv(storage.size(), header.clusterSize());
        if (count > CLUSTERS_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    storage.name(),
                    -1,
                    hex(count) + " clusters exceed " + hex(CLUSTERS_MAX));
        }
        return count;
    }

    CheckReport check() throws IOException {
        walk.walk();
        checkBlocks();
        compare();
        if (mustRebuild && repair == Repair.ALL) {
            rebuild();
        } else if (mustRebuild && repair != null) {
            walk.failed("the refcount structures are damaged: only -r all mends them");
        }
        OutputFile target = file;
        if (target != null) {
            refcounts.write(target);
            target.sync();
        }
        checkCopiedFlags();
        if (target != null) {
            markClean(target);
            target.sync();
        }
        return report();
    }

    private CheckReport report() {
        return new CheckReport(
                walk.checkErrors,
                walk.corruptions + corruptions,
                leaks,
                corruptionsFixed,
                leaksFixed,
                (lastUsed + 1) << header.clusterBits(),
                Math.ceilDiv(header.size(), header.clusterSize()),
                walk.allocatedClusters,
                walk.fragmentedClusters,
                walk.compressedClusters);
    }

    /** The refcount table and its blocks: counted, and looked at. */
    private void checkBlocks() throws IOException {
        walk.count(
                header.refcountTablePosition(),
                (long) header.refcountTableClusters() << header.clusterBits());
        for (int i = 0; i < refcounts.tableEntries(); i++) {
            long entry = refcounts.tableEntry(i);
            if (entry == 0) {
                continue;
            }
            long position = entry & Qcow2Refcounts.TABLE_POSITION_MASK;
            if ((entry & TABLE_RESERVED) != 0) {
                damaged(
                        "entry "
                                + i
                                + " of the refcount table has reserved bits set: "
                                + hex(entry));
            } else if ((position & header.clusterSize() - 1) != 0) {
                damaged("refcount block " + i + " at " + hex(position) + " is not on a cluster");
            } else if (position < 0 || position >>> header.clusterBits() >= clusters) {
                damaged("refcount block " + i + " at " + hex(position) + " is not in the file");
            } else {
                walk.count(position, header.clusterSize());
                int count = walk.references().get(position >>> header.clusterBits());
                if (count != 1) {
                    damaged(
                            "refcount block "
                                    + i
                                    + " at "
                                    + hex(position)
                                    + " is used "
                                    + count
                                    + " times");
                }
            }
        }
    }

    private void damaged(String finding) {
        walk.corrupt(finding);
        mustRebuild = true;
    }

    private void compare() throws IOException {
        Qcow2References references = walk.references();
        lastUsed = 0;
        for (long cluster = 0; cluster < clusters; cluster++) {
            if ((cluster & 0xfff) == 0) {
                cancel.check();
                if (!refcounts.isCounted(cluster)
                        && !refcounts.isCounted(Qcow2References.nextPage(cluster) - 1)
                        && refcounts.countsPerBlock() >= Qcow2References.nextPage(0)
                        && references.isEmptyPage(cluster)) {
                    cluster = Qcow2References.nextPage(cluster) - 1;
                    continue;
                }
            }
            long counted;
            try {
                counted = refcounts.get(cluster);
            } catch (IOException e) {
                if (cluster % refcounts.countsPerBlock() == 0) {
                    walk.failed("refcounts cannot be read: " + e.getMessage());
                } else {
                    walk.checkErrors++;
                }
                continue;
            }
            int referred = references.get(cluster);
            if (counted > 0 || referred > 0) {
                lastUsed = cluster;
            }
            if (counted != referred) {
                differ(cluster, counted, referred);
            }
        }
    }

    private void differ(long cluster, long counted, int referred) throws IOException {
        boolean leak = counted > referred;
        if (counted == 0 || referred > refcounts.countMax()) {
            // What is used and counted as free may be taken by the repair itself.
            mustRebuild = true;
        } else if (repair != null
                && (leak ? !walk.missesReferences : repair == Repair.ALL)
                && !mustRebuild) {
            refcounts.set(cluster, referred);
            findings.accept(
                    "mended: cluster "
                            + cluster
                            + " has refcount "
                            + counted
                            + " and is referred to "
                            + referred
                            + " times");
            if (leak) {
                leaksFixed++;
            } else {
                corruptionsFixed++;
            }
            return;
        }
        findings.accept(
                (leak ? "leaked: cluster " : "error: cluster ")
                        + cluster
                        + " has refcount "
                        + counted
                        + " and is referred to "
                        + referred
                        + " times");
        if (leak) {
            leaks++;
        } else {
            corruptions++;
        }
    }

    /** Whether the flag says that a table or cluster may be written in place as its count does. */
    private void checkCopiedFlags() throws IOException {
        // Whoever asks to mend leaks alone gets flags mended if nothing else is wrong: the counts
        // that they follow are then true.
        mendsFlags =
                repair == Repair.ALL
                        || (repair != null
                                && walk.checkErrors + walk.corruptions + corruptions + leaks == 0);
        long bytes = (long) header.l1Entries() * L1_ENTRY_BYTES;
        if (header.l1Position() > storage.size() - bytes) {
            return;
        }
        MemorySegment l1 = MemorySegment.ofArray(new byte[(int) bytes]);
        storage.read(header.l1Position(), l1);
        MemorySegment l2 = MemorySegment.ofArray(new byte[header.clusterSize()]);
        for (int i = 0; i < header.l1Entries(); i++) {
            long entry = l1.getAtIndex(LONG, i);
            long table = entry & ENTRY_POSITION_MASK;
            if (table == 0) {
                continue;
            }
            cancel.check();
            checkFlag(entry, header.l1Position() + (long) i * L1_ENTRY_BYTES, "L1 entry ");
            if (table <= storage.size() - header.clusterSize()
                    && (table & header.clusterSize() - 1) == 0) {
                storage.read(table, l2);
                for (long at = 0; at < l2.byteSize(); at += header.l2EntryBytes()) {
                    long data = l2.get(LONG, at);
                    if ((data & ENTRY_COMPRESSED) == 0 && (data & ENTRY_POSITION_MASK) != 0) {
                        checkFlag(data, table + at, "L2 entry ");
                    }
                }
            }
        }
    }

    private void checkFlag(long entry, long position, String what) throws IOException {
        long count;
        boolean external = header.has(INCOMPATIBLE_DATA_FILE) && what.startsWith("L2");
        try {
            count =
                    external
                            ? 1
                            : refcounts.get((entry & ENTRY_POSITION_MASK) >>> header.clusterBits());
        } catch (IOException e) {
            return; // It was said when the counts were compared.
        }
        boolean copied = (entry & ENTRY_COPIED) != 0;
        if (copied == (count == 1)) {
            return;
        }
        OutputFile target = file;
        if (target == null || !mendsFlags || mustRebuild) {
            walk.corrupt(
                    "error: "
                            + what
                            + hex(entry)
                            + " at "
                            + hex(position)
                            + (copied ? " has" : " has not")
                            + " the copied flag, and the refcount is "
                            + count);
            return;
        }
        MemorySegment word = MemorySegment.ofArray(new byte[Long.BYTES]);
        word.set(LONG, 0, entry ^ ENTRY_COPIED);
        target.write(position, word);
        corruptionsFixed++;
        findings.accept("mended: copied flag of " + what + hex(entry) + " at " + hex(position));
    }

    /** Writes a refcount table of its own behind the file's end, and lets the header name it. */
    private void rebuild() throws IOException {
        OutputFile target = file;
        if (target == null) {
            throw new AssertionError("a repair without a file");
        }
        long corruptionsBefore = walk.corruptions + corruptions;
        long leaksBefore = leaks;
        findings.accept("the refcount structures are damaged, and are written anew");
        Qcow2Walk again = new Qcow2Walk(storage, header, _ -> {}, cancel);
        again.walk();
        Qcow2RefcountRebuild.write(target, header, again.references());
        header = Qcow2Format.readHeader(storage);
        refcounts = Qcow2Refcounts.open(storage, header);
        clusters = countClusters();
        walk = new Qcow2Walk(storage, header, findings, cancel);
        walk.walk();
        mustRebuild = false;
        corruptions = 0;
        leaks = 0;
        checkBlocks();
        compare();
        corruptionsFixed += Math.max(0, corruptionsBefore - walk.corruptions - corruptions);
        leaksFixed += Math.max(0, leaksBefore - leaks);
    }

    /** Nothing is wrong any more: what said so is taken back. */
    private void markClean(OutputFile target) throws IOException {
        boolean clean = walk.checkErrors == 0 && walk.corruptions + corruptions == 0;
        long marks = INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT;
        if (clean
                && repair == Repair.ALL
                && header.version() >= 3
                && (header.incompatible() & marks) != 0) {
            MemorySegment word = MemorySegment.ofArray(new byte[Long.BYTES]);
            word.set(LONG, 0, header.incompatible() & ~marks);
            target.sync();
            target.write(INCOMPATIBLE_FEATURES_POSITION, word);
        }
    }
}
