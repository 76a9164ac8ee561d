package dev.quarry.catalog;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.MemoryBlobStore;
import dev.quarry.store.StoreLease;
import dev.quarry.store.StoreProperties;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** How long an upload waits (4.11.1). */
final class UploadsTest {

    private static final Duration TIMEOUT = Duration.ofMinutes(100);

    private final MovingClock clock = new MovingClock();
    private final MemoryBlobStore blobs = new MemoryBlobStore();
    private final ChunkStore chunks = ChunkStore.create(blobs, StoreProperties.DEFAULT);
    private final Catalog catalog = Catalog.open(blobs, clock);
    private final AccountCatalog account;
    private final Uploads uploads;
    private final Snapshot pending;

    UploadsTest() throws IOException {
        account = catalog.as("111111111111");
        uploads = account.uploads();
        pending = uploads.start(Uploads.Start.of(1).withTimeoutMinutes((int) TIMEOUT.toMinutes()));
    }

    @AfterEach
    void close() throws IOException {
        chunks.close();
    }

    private void put(long index) throws IOException {
        byte[] block = new byte[BlockRules.BLOCK_BYTES];
        block[0] = (byte) (index + 1);
        uploads.put(pending.id(), index, block, BlockRules.checksum(block));
    }

    private SnapshotState state() throws IOException {
        return account.snapshot(pending.id()).state();
    }

    @Test
    void aCompletionMayTakeLongerThanTheTimeout() throws IOException {
        put(0);
        clock.pass(TIMEOUT.minusMinutes(1));
        try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            uploads.staged(pending.id(), 1, null, lease);
            clock.pass(TIMEOUT.multipliedBy(3));
            catalog.sweepUploads();
            assertEquals(SnapshotState.PENDING, state());
            uploads.complete(pending.id(), Catalogs.ROOT, "cd".repeat(32), lease);
        }
        assertEquals(SnapshotState.COMPLETED, state());
        catalog.sweepUploads();
        assertEquals(SnapshotState.COMPLETED, state());
    }

    @Test
    void whatIsCompletedInVainWaitsOnForItsTimeout() throws IOException {
        put(0);
        clock.pass(TIMEOUT.minusMinutes(1));
        try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            uploads.staged(pending.id(), 1, null, lease);
        }
        clock.pass(TIMEOUT.minusMinutes(1));
        catalog.sweepUploads();
        assertEquals(SnapshotState.PENDING, state());
        clock.pass(TIMEOUT);
        catalog.sweepUploads();
        assertEquals(SnapshotState.ERROR, state());
    }

    @Test
    void noUploadFailsBeforeItsTimeout() throws IOException {
        // Within a step of the start: it is not noted.
        clock.pass(TIMEOUT.dividedBy(10));
        put(0);
        clock.pass(TIMEOUT);
        put(1);
        clock.pass(TIMEOUT.multipliedBy(2));
        refuses(ErrorCode.INCORRECT_STATE, "no block within its timeout", () -> put(2));
        assertEquals(SnapshotState.ERROR, state());
    }

    @Test
    void deletingClearsTheUpload() throws IOException {
        put(0);
        account.deleteSnapshot(pending.id());
        assertEquals(List.of(), blobs.list("uploads/"));
        assertEquals(List.of(), blobs.list("blocks/"));
    }

    @Test
    void aStartThatDiedIsResumedByItsToken() throws IOException {
        Uploads.Start start = Uploads.Start.of(1).withTimeoutMinutes(10).withClientToken("t");
        Set<String> before = Set.copyOf(blobs.list(""));
        Snapshot begun = uploads.start(start);
        // As if it had died behind the upload's document.
        for (String name : blobs.list("")) {
            boolean isToken = name.startsWith("tokens/");
            if (!before.contains(name) && !isToken && !name.startsWith("uploads/")) {
                blobs.delete(name);
            }
            if (isToken) {
                BlobStore.Document token = blobs.readDocument(name).orElseThrow();
                String text = new String(token.bytes(), StandardCharsets.UTF_8);
                String notBegun = text.replace("true", "false");
                assertNotEquals(text, notBegun);
                blobs.replaceDocument(
                        name, notBegun.getBytes(StandardCharsets.UTF_8), token.version());
            }
        }
        clock.pass(TIMEOUT);
        Snapshot resumed = uploads.start(start);
        assertEquals(begun.id(), resumed.id());
        byte[] block = new byte[BlockRules.BLOCK_BYTES];
        uploads.put(resumed.id(), 0, block, BlockRules.checksum(block));
    }
}
