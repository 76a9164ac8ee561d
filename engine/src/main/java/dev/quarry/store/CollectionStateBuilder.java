package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes the state of collections anew where it is damaged. What was condemned is not known any
 * more, and a collector that was stopped may go on and delete what it had doomed. So whatever may
 * have been doomed is condemned now: all packs that have nothing needed that no other pack has. Of
 * a doomed pack that is true, because its collector has published what was needed of it elsewhere.
 * A collector that was stopped before it doomed what it had condemned is refused, because its lease
 * is revoked. The epoch is above that of every lease: who collects next waits for all that work
 * now.
 */
final class CollectionStateBuilder {

    private final BlobStore blobs;
    private final Collector.Roots roots;

    CollectionStateBuilder(BlobStore blobs, Collector.Roots roots) {
        this.blobs = blobs;
        this.roots = roots;
    }

    /**
     * @param own a collector's lease, the only one
     * @return whether it was damaged
     */
    boolean rebuild(StoreLease own, CancelToken cancel) throws IOException {
        if (isSound()) {
            return false;
        }
        CollectionState state = new CollectionState(newestEpoch() + 1, garbage(cancel), Set.of());
        blobs.keepDocument(CollectionState.BLOB, Quarantine.FOLDER);
        own.confirm();
        state.overwrite(blobs);
        return true;
    }

    private boolean isSound() throws IOException {
        try {
            CollectionState.read(blobs);
            return true;
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.CORRUPT) {
                return false;
            }
            throw e;
        }
    }

    private long newestEpoch() throws IOException {
        long newest = 0;
        for (String name : StoreLease.names(blobs)) {
            try {
                Optional<BlobStore.Document> document = blobs.readDocument(StoreLease.blob(name));
                LeaseDocument lease =
                        document.isEmpty() ? null : LeaseDocument.of(document.get().bytes());
                newest = lease == null ? newest : Math.max(newest, lease.epoch());
            } catch (StoreException e) {
                // A damaged one counts as the oldest.
            }
        }
        return newest;
    }

    /** Packs that have nothing needed that no other pack has; all, if that cannot be known. */
    private Set<String> garbage(CancelToken cancel) throws IOException {
        Set<String> names = new TreeSet<>();
        Collector.Needs needs = needs();
        try (ChunkIndex index = ChunkIndex.open(blobs)) {
            LiveChunks live = new LiveChunks(index, LiveChunks.NOTHING);
            try {
                needs.mark(live, Workers.defaultThreads(), cancel);
            } catch (IOException e) {
                // A damaged snapshot: the next collection writes everything anew.
                return index.packNames();
            }
            for (int slot = 0; slot < index.packs(); slot++) {
                if (!isNeeded(live, slot)) {
                    names.add(index.packName(slot));
                }
            }
        }
        return names;
    }

    /** Before packs are listed, as always; where it fails, marking does. */
    private Collector.Needs needs() {
        try {
            return roots.list();
        } catch (IOException e) {
            return (_, _, _) -> {
                throw e;
            };
        }
    }

    private static boolean isNeeded(LiveChunks live, int slot) throws IOException {
        ChunkIndex index = live.index();
        PackReader pack;
        try {
            pack = index.checkedPack(slot);
        } catch (StoreException e) {
            // Damaged: nobody should refer to it.
            return false;
        }
        byte[] id = new byte[Grid.DIGEST_BYTES];
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            if (live.isLive(slot, chunk)) {
                pack.copyId(chunk, id);
                if (index.find(id, pack.kindOf(chunk), (other, _) -> other == slot)
                        == ChunkIndex.NOWHERE) {
                    return true;
                }
            }
        }
        return false;
    }
}
