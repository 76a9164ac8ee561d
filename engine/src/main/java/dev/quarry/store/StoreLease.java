package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells collectors that an operation is under way. While a writer holds one, nothing that it may
 * refer to is deleted, and while a reader does, nothing that it may read. A thread of its own
 * counts up in the lease's document; a collector that sees the counter unchanged for long enough
 * {@linkplain #commit revokes} the lease, and its holder, should it go on, is refused. Thread-safe.
 */
public final class StoreLease implements Closeable {

    static final String LEASES = "leases/";
    private static final String ENDING = ".json";
    private static final int NAME_BYTES = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What the holder does. */
    public enum Kind {
        /** Refers to chunks that are there, and adds others. */
        WRITER,
        /** Reads what snapshots refer to. */
        READER,
        /** Deletes; one at a time. */
        COLLECTOR
    }

    private final BlobStore blobs;
    private final Kind kind;
    private final String name;
    private final CollectionState collection;
    private final Thread renewer;
    private LeaseDocument document;
    private String version;
    private boolean isRevoked;
    private boolean isClosed;

    private StoreLease(
            BlobStore blobs,
            String name,
            CollectionState collection,
            LeaseDocument document,
            String version,
            LeaseTiming timing) {
        this.blobs = blobs;
        this.kind = document.kind();
        this.name = name;
        this.collection = collection;
        this.document = document;
        this.version = version;
        this.renewer =
                Thread.ofPlatform()
                        .daemon()
                        .name("quarry-lease")
                        .unstarted(() -> renew(timing.renewMillis()));
    }

    /** Begins an operation. */
    static StoreLease acquire(BlobStore blobs, Kind kind, LeaseTiming timing) throws IOException {
        byte[] random = new byte[NAME_BYTES];
        RANDOM.nextBytes(random);
        String name = HexFormat.of().formatHex(random);
        CollectionState collection = state(blobs, kind);
        LeaseDocument document =
                new LeaseDocument(kind, collection.epoch(), 0, LeaseDocument.State.ACTIVE);
        String version = blobs.createTransient(blob(name), document.bytes());
        // A collector that condemned packs before it could see this lease has left its epoch: what
        // holds is the state that is read while the lease is there.
        while (true) {
            collection = state(blobs, kind);
            if (collection.epoch() == document.epoch()) {
                break;
            }
            document =
                    new LeaseDocument(
                            kind,
                            collection.epoch(),
                            document.counter() + 1,
                            LeaseDocument.State.ACTIVE);
            version = blobs.replaceTransient(blob(name), document.bytes(), version);
        }
        StoreLease lease = new StoreLease(blobs, name, collection, document, version, timing);
        lease.renewer.start();
        return lease;
    }

    /** Only who does not know what is condemned must not refer to anything. */
    private static CollectionState state(BlobStore blobs, Kind kind) throws IOException {
        return kind == Kind.WRITER
                ? CollectionState.read(blobs)
                : CollectionState.readForReading(blobs);
    }

    static String blob(String name) {
        return LEASES + name + ENDING;
    }

    /** The lease's name: in a document, it says that the document is its holder's. */
    public String name() {
        return name;
    }

    /** Whether a lease of that name is held, as far as anybody knows. */
    public static boolean isHeld(BlobStore blobs, String name) throws IOException {
        return blobs.list(blob(name)).contains(blob(name));
    }

    Kind kind() {
        return kind;
    }

    /** Packs that this operation does not refer to. */
    Set<String> condemned() {
        return collection.condemned();
    }

    /** Packs that this operation does not read. */
    Set<String> doomed() {
        return collection.doomed();
    }

    private void renew(long renewMillis) {
        synchronized (this) {
            long until = System.nanoTime() + renewMillis * 1_000_000;
            while (!isClosed && !isRevoked) {
                long left = (until - System.nanoTime()) / 1_000_000;
                try {
                    if (left > 0) {
                        wait(left);
                        continue;
                    }
                    put(document.state());
                } catch (InterruptedException e) {
                    return;
                } catch (IOException | RuntimeException e) {
                    // Tried again: what counts is whether the last word can be said.
                }
                until = System.nanoTime() + renewMillis * 1_000_000;
            }
        }
    }

    /** Replaces the document; called by the one who holds the monitor. */
    private void put(LeaseDocument.State state) throws IOException {
        LeaseDocument next =
                new LeaseDocument(kind, document.epoch(), document.counter() + 1, state);
        try {
            version = blobs.replaceTransient(blob(name), next.bytes(), version);
            document = next;
        } catch (BlobConflictException e) {
            isRevoked = true;
            throw expired();
        }
    }

    static StoreException expired() {
        return new StoreException(
                StoreException.Kind.EXPIRED,
                "this was stopped for longer than its lease, and the store was collected meanwhile:"
                        + " nothing was changed, begin again");
    }

    /**
     * Refuses to go on if the lease is known to be revoked.
     *
     * @throws StoreException of kind EXPIRED
     */
    public synchronized void check() throws StoreException {
        if (isRevoked) {
            throw expired();
        }
    }

    /**
     * Refuses to go on if the lease is revoked, whether that is known yet or not.
     *
     * @throws StoreException of kind EXPIRED
     */
    public synchronized void confirm() throws IOException {
        check();
        put(document.state());
    }

    /**
     * Whether the lease is not revoked now. Takes no lock and changes nothing, and so can be asked
     * while documents stand still; then it stays so until they move again.
     */
    boolean isUnrevoked() throws IOException {
        try {
            Optional<BlobStore.Document> there = blobs.readDocument(blob(name));
            LeaseDocument now = there.isEmpty() ? null : LeaseDocument.of(there.get().bytes());
            return now != null && now.state() != LeaseDocument.State.REVOKED;
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.CORRUPT) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Says why something may have failed: it was done for longer than the lease was held.
     *
     * @param failure goes with the error
     * @throws StoreException of kind EXPIRED if the lease is revoked
     */
    public void requireHeld(Exception failure) throws StoreException {
        try {
            confirm();
        } catch (StoreException e) {
            e.addSuppressed(failure);
            throw e;
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Says that everything is in place but the last change of a document. When this returns, all
     * that the operation refers to was there when it did, and the document that refers to it, which
     * must be there by now, is seen by every collector to come.
     *
     * @throws StoreException of kind EXPIRED if a collector has revoked the lease
     */
    public synchronized void commit() throws IOException {
        check();
        put(LeaseDocument.State.COMMITTED);
    }

    /**
     * Ends the operation. A document that cannot be removed harms nothing: it is revoked as that of
     * a process that is dead.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            notifyAll();
        }
        try {
            blobs.delete(blob(name));
        } catch (IOException e) {
            // As said above: what was done is done.
        }
    }

    /** The names of all leases. */
    static List<String> names(BlobStore blobs) throws IOException {
        List<String> names = new ArrayList<>();
        for (String blob : blobs.list(LEASES)) {
            if (blob.endsWith(ENDING)) {
                names.add(blob.substring(LEASES.length(), blob.length() - ENDING.length()));
            }
        }
        return names;
    }
}
