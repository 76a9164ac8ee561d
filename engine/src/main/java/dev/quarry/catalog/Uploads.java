package dev.quarry.catalog;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.JsonFields;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.catalog.rule.ProductRules;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Snapshots that are written block by block (4.11.1). The snapshot is pending and has no content;
 * its blocks wait as blobs until it is completed. Thread-safe.
 */
public final class Uploads {

    static final String FOLDER = "uploads/";
    private static final String SUFFIX = ".json";

    private static final HexFormat HEX = HexFormat.of();

    /** The time of the last block is noted so many times within the timeout. */
    private static final int NOTES = 10;

    private final Tables tables;
    private final Actor actor;

    Uploads(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /**
     * What a snapshot begins with.
     *
     * @param volumeGib size
     * @param parentId snapshot that it begins as, or null for zeros
     * @param encrypted whether it is recorded as encrypted, or null for the account's default
     * @param kmsKeyId name of the key, or null
     * @param timeoutMinutes after which without a block it fails
     * @param description for people, or null
     * @param clientToken makes asking again harmless, or null
     * @param tags of the snapshot
     */
    public record Start(
            int volumeGib,
            @Nullable String parentId,
            @Nullable Boolean encrypted,
            @Nullable String kmsKeyId,
            int timeoutMinutes,
            @Nullable String description,
            @Nullable String clientToken,
            Tags tags) {

        /** An empty volume of a size, with all defaults. */
        public static Start of(int volumeGib) {
            return new Start(
                    volumeGib,
                    null,
                    null,
                    null,
                    BlockRules.TIMEOUT_MINUTES_DEFAULT,
                    null,
                    null,
                    Tags.none());
        }

        public Start withParent(@Nullable String value) {
            return new Start(
                    volumeGib,
                    value,
                    encrypted,
                    kmsKeyId,
                    timeoutMinutes,
                    description,
                    clientToken,
                    tags);
        }

        public Start withEncryption(@Nullable Boolean value, @Nullable String key) {
            return new Start(
                    volumeGib,
                    parentId,
                    value,
                    key,
                    timeoutMinutes,
                    description,
                    clientToken,
                    tags);
        }

        public Start withTimeoutMinutes(int value) {
            return new Start(
                    volumeGib,
                    parentId,
                    encrypted,
                    kmsKeyId,
                    value,
                    description,
                    clientToken,
                    tags);
        }

        public Start withDescription(@Nullable String value) {
            return new Start(
                    volumeGib,
                    parentId,
                    encrypted,
                    kmsKeyId,
                    timeoutMinutes,
                    value,
                    clientToken,
                    tags);
        }

        public Start withClientToken(@Nullable String value) {
            return new Start(
                    volumeGib,
                    parentId,
                    encrypted,
                    kmsKeyId,
                    timeoutMinutes,
                    description,
                    value,
                    tags);
        }

        public Start withTags(Tags value) {
            return new Start(
                    volumeGib,
                    parentId,
                    encrypted,
                    kmsKeyId,
                    timeoutMinutes,
                    description,
                    clientToken,
                    value);
        }
    }

    /** Begins a snapshot, or finds the one that the client token began. */
    public Snapshot start(Start start) throws IOException {
        BlockRules.checkStart(
                start.volumeGib(),
                start.parentId(),
                start.encrypted(),
                start.kmsKeyId(),
                start.timeoutMinutes());
        CopyRules.checkRequest(start.clientToken(), null);
        Snapshot parent = start.parentId() == null ? null : usable(start.parentId());
        if (parent != null) {
            BlockRules.checkParentSize(
                    start.volumeGib(), Math.toIntExact(Gibibytes.roundedUp(parent.sizeBytes())));
        }
        String id = tables.newId(ObjectKind.SNAPSHOT);
        if (start.clientToken() == null) {
            return begin(id, start, parent);
        }
        ClientTokens tokens = new ClientTokens(tables, actor);
        ClientTokens.Token token =
                ClientTokens.Token.of(
                        "snapshot " + start.clientToken(), start.withClientToken(null).toString());
        ClientTokens.Claim claim = tokens.claim(token, id);
        Optional<Documents.Stored<Snapshot>> present = tables.snapshots.find(claim.objectId());
        if (present.isPresent() && present.get().object().state() != SnapshotState.DELETED) {
            return present.get().object();
        }
        if (claim.isBegun()) {
            tokens.renew(token.token(), claim.objectId(), id);
            claim = tokens.claim(token, id);
        }
        Snapshot begun = begin(claim.objectId(), start, parent);
        tokens.markBegun(token, begun.id());
        return begun;
    }

    private Snapshot begin(String id, Start start, @Nullable Snapshot parent) throws IOException {
        byte[] upload = document(new Upload(start.timeoutMinutes(), tables.now(), null));
        String name = FOLDER + id + SUFFIX;
        Snapshot snapshot = snapshot(id, start, parent);
        try {
            Optional<BlobStore.Document> left = tables.blobs.readDocument(name);
            if (left.isPresent()) {
                // The same call died before it made the snapshot.
                tables.blobs.replaceDocument(name, upload, left.get().version());
            } else {
                tables.blobs.createDocument(name, upload);
            }
            return tables.create(
                            tables.snapshots,
                            snapshot,
                            tables.event(actor, "StartSnapshot", snapshot))
                    .object();
        } catch (BlobConflictException e) {
            // Another call with the same token was faster.
            return tables.snapshots
                    .find(id)
                    .orElseThrow(() ->
                            new CatalogException(
                                    ErrorCode.CONCURRENT_MODIFICATION,
                                    "another call with this client token begins snapshot "
                                            + id
                                            + " now: ask again",
                                    e))
                    .object();
        }
    }

    private Snapshot usable(String id) throws IOException {
        Snapshot snapshot = tables.visible(tables.snapshots, id, actor).object();
        AccessRules.requireUse(snapshot, actor);
        ProductRules.requireSubscribed(
                id, snapshot.productCodes(), tables.settings.account(actor.account()));
        return snapshot;
    }

    private Snapshot snapshot(String id, Start start, @Nullable Snapshot parent)
            throws IOException {
        AccountSettings settings = tables.settings.account(actor.account());
        Encryption encryption =
                EncryptionRules.result(
                        parent == null ? null : parent.facts(),
                        Ebs.builder()
                                .encrypted(start.encrypted())
                                .kmsKeyId(start.kmsKeyId())
                                .build(),
                        actor.account(),
                        EncryptionRules.AccountDefaults.of(settings));
        List<ProductCode> codes = parent == null ? List.of() : parent.productCodes();
        return new Snapshot(
                id,
                Snapshot.NO_ROOT,
                Snapshot.NO_ROOT,
                Gibibytes.toBytes(start.volumeGib()),
                actor.account(),
                start.description(),
                SnapshotState.PENDING,
                null,
                tables.now(),
                new SnapshotSource(
                        null,
                        null,
                        null,
                        start.parentId(),
                        parent == null ? null : tables.settings.store().region()),
                encryption,
                List.of(),
                codes,
                start.tags());
    }

    /**
     * How long an upload waits, and since when.
     *
     * @param lastBlock when a block came that was noted; the last one came up to a step later
     * @param lease of who completes it, or did last; or null
     */
    record Upload(int timeoutMinutes, Instant lastBlock, @Nullable String lease) {
        Duration step() {
            return timeout().dividedBy(NOTES);
        }

        private Duration timeout() {
            return Duration.ofMinutes(timeoutMinutes);
        }

        boolean isOver(Tables tables) throws IOException {
            return tables.now().isAfter(lastBlock.plus(timeout()).plus(step()))
                    && (lease == null || !StoreLease.isHeld(tables.blobs, lease));
        }
    }

    static byte[] document(Upload upload) {
        return Documents.bytes(
                new JsonObject()
                        .put("Timeout", upload.timeoutMinutes())
                        .put("LastBlock", upload.lastBlock())
                        .put("Lease", upload.lease())
                        .map());
    }

    private static Upload read(BlobStore.Document document, String name) throws CatalogException {
        JsonFields fields = Documents.readDocument(document.bytes(), name);
        return new Upload(
                (int) fields.number("Timeout"),
                fields.time("LastBlock"),
                fields.optionalString("Lease"));
    }

    /** Puts a block, or another one in its place (PutSnapshotBlock). */
    public String put(String snapshotId, long index, byte[] data, @Nullable String checksum)
            throws IOException {
        Snapshot snapshot = open(snapshotId).object();
        BlockRules.checkIndex(index, snapshot.sizeBytes());
        BlockRules.checkBlock(data, checksum);
        String folder = blocks(snapshotId) + HEX.toHexDigits((int) index) + "-";
        String name = folder + HEX.formatHex(BlockRules.digest(data)) + StagedBlocks.SUFFIX;
        replaceAll(folder, name, data);
        note(snapshotId);
        return BlockRules.checksum(data);
    }

    /**
     * Writes a block, and deletes those in its place that were there before. Who deletes looks
     * again: two puts of blocks that were both there delete each other's.
     */
    private void replaceAll(String folder, String name, byte[] data) throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            List<String> others = new ArrayList<>(tables.blobs.list(folder));
            others.remove(name);
            new StagedBlocks(tables.blobs).write(name, data);
            for (String other : others) {
                tables.blobs.delete(other);
            }
            if (others.isEmpty() || tables.blobs.list(folder).contains(name)) {
                return;
            }
        }
        throw Tables.busy(name);
    }

    private void note(String snapshotId) throws IOException {
        String name = FOLDER + snapshotId + SUFFIX;
        Optional<BlobStore.Document> document = tables.blobs.readDocument(name);
        if (document.isEmpty()) {
            return;
        }
        Upload upload = read(document.get(), name);
        if (tables.now().isAfter(upload.lastBlock().plus(upload.step()))) {
            try {
                tables.blobs.replaceDocument(
                        name,
                        document(new Upload(upload.timeoutMinutes(), tables.now(), upload.lease())),
                        document.get().version());
            } catch (BlobConflictException _) {
                // Somebody else has noted it.
            }
        }
    }

    /** Notes who completes an upload: its time is not over before that lease is. */
    private void noteCompleter(String snapshotId, StoreLease lease) throws IOException {
        String name = FOLDER + snapshotId + SUFFIX;
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Optional<BlobStore.Document> document = tables.blobs.readDocument(name);
            if (document.isEmpty()) {
                return; // It is completed or deleted, as who completes it will find.
            }
            int timeoutMinutes = read(document.get(), name).timeoutMinutes();
            try {
                tables.blobs.replaceDocument(
                        name,
                        document(new Upload(timeoutMinutes, tables.now(), lease.name())),
                        document.get().version());
                return;
            } catch (BlobConflictException _) {
                // A block was noted.
            }
        }
        throw Tables.busy(snapshotId);
    }

    private static String blocks(String snapshotId) {
        return StagedBlocks.FOLDER + snapshotId + "/";
    }

    /**
     * The pending snapshot of an upload, for its owner.
     *
     * @throws CatalogException of code IncorrectState if its time is over, or it is none any more
     */
    private Documents.Stored<Snapshot> open(String snapshotId) throws IOException {
        Documents.Stored<Snapshot> stored = waiting(snapshotId);
        String name = FOLDER + snapshotId + SUFFIX;
        Optional<BlobStore.Document> document = tables.blobs.readDocument(name);
        if (document.isPresent() && read(document.get(), name).isOver(tables)) {
            fail(stored);
            throw new CatalogException(
                    ErrorCode.INCORRECT_STATE,
                    "snapshot " + snapshotId + " got no block within its timeout, and has failed");
        }
        return stored;
    }

    /** The pending snapshot of an upload, for its owner, be its time over or not. */
    private Documents.Stored<Snapshot> waiting(String snapshotId) throws IOException {
        Documents.Stored<Snapshot> stored = tables.visible(tables.snapshots, snapshotId, actor);
        AccessRules.requireOwner(stored.object(), actor);
        if (stored.object().state() != SnapshotState.PENDING || !isUpload(tables, snapshotId)) {
            throw new CatalogException(
                    ErrorCode.INCORRECT_STATE,
                    "snapshot "
                            + snapshotId
                            + " is "
                            + stored.object().state().spelling()
                            + ", and takes no blocks");
        }
        return stored;
    }

    /**
     * The blocks of an upload.
     *
     * @param parent snapshot that they lie over, or null
     * @param blocks index to the name of a blob, which ends with its digest
     */
    public record Staged(
            Snapshot snapshot, @Nullable Snapshot parent, NavigableMap<Long, String> blocks) {}

    /**
     * What is to be completed (CompleteSnapshot).
     *
     * @param changedBlocks how many blocks its owner has put
     * @param checksum of all, or null
     * @param lease of who completes it: as long as it is held, the upload does not fail
     */
    public Staged staged(
            String snapshotId, long changedBlocks, @Nullable String checksum, StoreLease lease)
            throws IOException {
        Snapshot snapshot = open(snapshotId).object();
        TreeMap<Long, String> blocks = new TreeMap<>();
        String folder = blocks(snapshotId);
        for (String name : tables.blobs.list(folder)) {
            if (name.endsWith(StagedBlocks.SUFFIX)) {
                String hex = name.substring(folder.length(), name.indexOf('-', folder.length()));
                blocks.put(Long.parseLong(hex, 16), name);
            }
        }
        BlockRules.checkComplete(changedBlocks, blocks.size());
        BlockRules.checkAggregate(
                checksum, blocks.values().stream().map(StagedBlocks::digestOf).toList());
        noteCompleter(snapshotId, lease);
        String parent = snapshot.source().snapshotId();
        return new Staged(snapshot, parent == null ? null : usable(parent), blocks);
    }

    /**
     * The bytes of a block that was put.
     *
     * @throws StoreException of kind CORRUPT if they are not what was put
     */
    public byte[] block(String name) throws IOException {
        return new StagedBlocks(tables.blobs).read(name);
    }

    /**
     * Completes a snapshot whose content is in the chunk store, durably.
     *
     * @param root of its tree, in hex
     * @param contentDigest of its content, in hex
     * @param lease under which the content was written
     */
    public Snapshot complete(String snapshotId, String root, String contentDigest, StoreLease lease)
            throws IOException {
        Documents.Stored<Snapshot> pending = waiting(snapshotId);
        Snapshot completed =
                pending.object().withContent(root, contentDigest, SnapshotState.COMPLETED);
        Snapshot result =
                new PendingSnapshots(tables)
                        .complete(
                                pending,
                                completed,
                                lease,
                                tables.event(actor, "CompleteSnapshot", completed));
        clear(tables, snapshotId);
        return result;
    }

    /** A completion that was cut off may have left a root: nobody can read it, and it goes. */
    private void fail(Documents.Stored<Snapshot> stored) throws IOException {
        try {
            tables.replace(
                    tables.snapshots,
                    stored,
                    stored.object()
                            .withContent(Snapshot.NO_ROOT, Snapshot.NO_ROOT, SnapshotState.ERROR)
                            .withState(SnapshotState.ERROR, "no block came within the timeout"),
                    null);
        } catch (BlobConflictException e) {
            // It was completed or deleted meanwhile.
            return;
        }
        clear(tables, stored.object().id());
    }

    /** Forgets an upload, with its blocks. */
    static void clear(Tables tables, String snapshotId) throws IOException {
        for (String name : tables.blobs.list(blocks(snapshotId))) {
            tables.blobs.delete(name);
        }
        tables.blobs.delete(FOLDER + snapshotId + SUFFIX);
    }

    /** Whether a pending snapshot waits for blocks. */
    static boolean isUpload(Tables tables, String snapshotId) throws IOException {
        return tables.blobs.readDocument(FOLDER + snapshotId + SUFFIX).isPresent();
    }

    /** Ends what got no block in time, and removes blocks that nobody waits for. */
    static void sweep(Tables tables) throws IOException {
        for (String name : tables.blobs.list(FOLDER)) {
            try {
                sweep(tables, name);
            } catch (CatalogException | StoreException e) {
                // Damaged: that is for a repair, and keeps nothing from being collected.
            }
        }
    }

    private static void sweep(Tables tables, String name) throws IOException {
        String id = name.substring(FOLDER.length(), name.length() - SUFFIX.length());
        Optional<BlobStore.Document> document = tables.blobs.readDocument(name);
        if (!ObjectKind.SNAPSHOT.isId(id) || document.isEmpty()) {
            return;
        }
        Optional<Documents.Stored<Snapshot>> stored = tables.snapshots.find(id);
        boolean isOver = read(document.get(), name).isOver(tables);
        if (stored.isPresent() && stored.get().object().state() == SnapshotState.PENDING) {
            if (isOver) {
                Snapshot snapshot = stored.get().object();
                new Uploads(tables, Actor.of(snapshot.ownerId())).fail(stored.get());
            }
        } else if (stored.isPresent() || isOver) {
            clear(tables, id);
        }
    }
}
