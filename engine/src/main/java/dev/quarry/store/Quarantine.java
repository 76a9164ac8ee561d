package dev.quarry.store;

import dev.quarry.job.CancelToken;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Takes what is damaged out of use: what is sound of a damaged pack is copied into new ones, and
 * the pack goes to {@code quarantine/}, for whoever wants to look at it. Damaged index segments are
 * deleted; they are made again from the packs.
 */
final class Quarantine {

    static final String FOLDER = ChunkStore.QUARANTINE;

    /** Read at once; what cannot be read becomes zeros of that length. */
    private static final int PIECE_BYTES = 64 << 10;

    private final ChunkStore store;
    private final BlobStore blobs;

    Quarantine(ChunkStore store) {
        this.store = store;
        this.blobs = store.blobs();
    }

    /**
     * Takes out what a full verification found.
     *
     * @param own a collector's lease, held since before the verification
     * @return names of the blobs that are not used any more
     * @throws StoreException of kind EXPIRED if another collector has revoked the lease: then what
     *     was found says nothing
     */
    List<String> run(SoundStore sound, StoreLease own, CancelToken cancel) throws IOException {
        own.confirm();
        Set<String> packs = new TreeSet<>(sound.damaged().keySet());
        List<String> taken = new ArrayList<>();
        for (String blob : sound.unusable()) {
            if (blob.startsWith(ChunkIndex.SEGMENTS)) {
                blobs.delete(blob);
                taken.add(blob);
            } else {
                packs.add(ChunkIndex.packName(blob));
            }
        }
        copySound(sound);
        // Before they are doomed: a collection deletes what is doomed, whatever became of this.
        for (String name : packs) {
            keep(ChunkIndex.packBlob(name));
            keep(TrimmedPack.framesBlob(name));
            taken.add(ChunkIndex.packBlob(name));
        }
        CollectionState dooming =
                CollectionState.update(
                        blobs,
                        now -> {
                            own.confirm();
                            Set<String> condemned = new TreeSet<>(now.condemned());
                            condemned.addAll(packs);
                            Set<String> doomed = new TreeSet<>(now.doomed());
                            doomed.addAll(packs);
                            return new CollectionState(now.epoch() + 1, condemned, doomed);
                        });
        LeaseWatch watch = new LeaseWatch(blobs, store.timing(), own);
        Collector.awaitUsers(watch, dooming.epoch(), cancel);
        Collector.delete(blobs, packs, own);
        store.refresh();
        return taken;
    }

    private void copySound(SoundStore sound) throws IOException {
        ChunkIndex index = sound.index();
        try (ChunkSession session =
                        new ChunkSession(
                                blobs,
                                index,
                                null,
                                store.properties(),
                                ChunkSession.Limits.USUAL,
                                null);
                PackRewriter rewriter = new PackRewriter(session, store.properties())) {
            int packs = index.packs();
            for (int slot = 0; slot < packs; slot++) {
                BitSet damaged = sound.damaged().get(index.packName(slot));
                if (damaged != null) {
                    rewriter.copy(index.pack(slot), chunk -> !damaged.get(chunk));
                }
            }
            session.commit();
        }
    }

    /** Copies a blob's bytes, as far as they can be read; one that is not there is no error. */
    private void keep(String name) throws IOException {
        try (Blob blob = blobs.open(name);
                BlobWriter copy = blobs.newBlob()) {
            for (long at = 0; at < blob.size(); at += PIECE_BYTES) {
                byte[] piece = new byte[(int) Math.min(PIECE_BYTES, blob.size() - at)];
                try {
                    blob.read(at, MemorySegment.ofArray(piece));
                } catch (IOException e) {
                    // A bad place of the medium: the rest may still be of use to somebody.
                    piece = new byte[piece.length];
                }
                copy.write(at, MemorySegment.ofArray(piece));
            }
            copy.seal();
            copy.publish(FOLDER + name.substring(name.lastIndexOf('/') + 1));
        } catch (NoSuchFileException e) {
            // Gone since; and only trimmed packs have frames in a blob of their own.
        } catch (BlobConflictException e) {
            // An earlier repair was cut off behind this.
        }
    }
}
