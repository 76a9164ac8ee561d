package dev.quarry;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.Uploads;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.catalog.rule.BlockTokens;
import dev.quarry.image.CreateOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.VerifyDepth;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Snapshots as blocks (4.11), against what was put. */
final class SnapshotBlocksTest {

    private static final int BLOCK = BlockRules.BLOCK_BYTES;

    @TempDir Path folder;

    private Quarry quarry;
    private SnapshotBlocks blocks;

    SnapshotBlocksTest() {}

    @BeforeEach
    void open() throws IOException {
        quarry = Quarry.openOrCreate(folder.resolve("store"));
        blocks = quarry.blocks();
    }

    @AfterEach
    void close() throws IOException {
        quarry.close();
    }

    private static byte[] block(long seed) {
        byte[] data = new byte[BLOCK];
        new SplittableRandom(seed).nextBytes(data);
        return data;
    }

    private void put(Snapshot snapshot, long index, byte[] data) throws IOException {
        blocks.put(snapshot.id(), index, data, BlockRules.checksum(data));
    }

    private Snapshot complete(Snapshot snapshot, long count) throws IOException {
        return blocks.complete(
                snapshot.id(), count, null, ProgressListener.none(), new CancelToken());
    }

    private String token(Snapshot snapshot, long index) {
        return Objects.requireNonNull(blocks.token(snapshot, index));
    }

    private void expectContent(Snapshot snapshot, Map<Long, byte[]> expected) throws IOException {
        Path file = folder.resolve("disk.raw");
        quarry.export(
                snapshot.id(),
                file,
                "raw",
                CreateOptions.defaults(),
                ProgressListener.none(),
                new CancelToken());
        assertEquals(snapshot.sizeBytes(), Files.size(file));
        List<Long> written = blocks.list(snapshot.id(), 0, null, null).indexes();
        assertEquals(List.copyOf(expected.keySet()), written);
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "r")) {
            for (long index = 0; index < 400; index++) {
                byte[] actual = new byte[BLOCK];
                disk.seek(index * BLOCK);
                disk.readFully(actual);
                byte[] block = expected.getOrDefault(index, new byte[BLOCK]);
                assertArrayEquals(block, actual, "block " + index);
            }
        }
    }

    @Test
    @Covers({"4.11.1", "4.11.2", "4.11.3"})
    void aSnapshotIsPutBlockByBlock() throws Exception {
        Snapshot pending = blocks.start(Uploads.Start.of(1).withDescription("by blocks"));
        assertEquals(SnapshotState.PENDING, pending.state());
        TreeMap<Long, byte[]> expected = new TreeMap<>();
        for (long index : new long[] {300, 0, 127, 128, 129, 2047}) {
            expected.put(index, block(index));
            put(pending, index, expected.get(index));
        }
        expected.put(128L, block(7));
        put(pending, 128, expected.get(128L));
        put(pending, 128, expected.get(128L));
        // A store with a pending snapshot is sound, is counted and is collected.
        assertTrue(
                quarry.maintenance()
                        .verify(VerifyDepth.full(), ProgressListener.none(), new CancelToken())
                        .isSound());
        quarry.maintenance().collect(new CancelToken());
        quarry.statistics();
        refuses(
                ErrorCode.INCORRECT_STATE,
                "pending",
                () -> blocks.list(pending.id(), 0, null, null));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "number of blocks that were put, 6",
                () -> complete(pending, 5));
        MessageDigest linear = MessageDigest.getInstance("SHA-256");
        for (byte[] data : expected.values()) {
            linear.update(MessageDigest.getInstance("SHA-256").digest(data));
        }
        String aggregate = Base64.getEncoder().encodeToString(linear.digest());
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "aggregated SHA256",
                () ->
                        blocks.complete(
                                pending.id(),
                                6,
                                BlockRules.checksum(block(1)),
                                ProgressListener.none(),
                                new CancelToken()));
        Snapshot done =
                blocks.complete(
                        pending.id(), 6, aggregate, ProgressListener.none(), new CancelToken());
        assertEquals(SnapshotState.COMPLETED, done.state());
        expectContent(done, expected);
        refuses(ErrorCode.INCORRECT_STATE, "completed", () -> put(pending, 1, block(1)));
        assertFalse(
                Files.exists(folder.resolve("store/uploads/" + done.id() + ".json")),
                "nothing is left of the upload");
        SnapshotBlocks.Page page = blocks.list(done.id(), 0, null, null);
        for (long index : page.indexes()) {
            assertArrayEquals(
                    expected.get(index), blocks.get(done.id(), index, token(done, index)));
        }
        refuses(
                ErrorCode.INVALID_BLOCK_TOKEN,
                "no token of block 127",
                () -> blocks.get(done.id(), 127, token(done, 128)));
    }

    @Test
    @Covers({"4.11.1", "4.11.2"})
    void aChildAndWhatChanged() throws IOException {
        Snapshot parent = blocks.start(Uploads.Start.of(1));
        TreeMap<Long, byte[]> expected = new TreeMap<>();
        for (long index = 100; index < 260; index++) {
            expected.put(index, block(index));
            put(parent, index, expected.get(index));
        }
        Snapshot first = complete(parent, 160);
        refuses(
                ErrorCode.INVALID_PARAMETER_COMBINATION,
                "exclude one another",
                () ->
                        blocks.start(
                                Uploads.Start.of(1)
                                        .withParent(first.id())
                                        .withEncryption(true, null)));
        Snapshot child = blocks.start(Uploads.Start.of(2).withParent(first.id()));
        byte[] oneByte = block(150);
        oneByte[77] ^= 1;
        put(child, 150, oneByte);
        put(child, 200, new byte[BLOCK]);
        put(child, 120, block(120));
        put(child, 3000, block(3000));
        Snapshot second = complete(child, 4);
        expected.put(150L, oneByte);
        expected.remove(200L);
        expected.put(3000L, block(3000));
        expectContent(second, expected);
        SnapshotBlocks.Page changed = blocks.changed(first.id(), second.id(), 0, null, null);
        assertEquals(List.of(150L, 200L, 3000L), changed.indexes(), "what is the same is not");
        assertNull(changed.nextToken());
        assertNotNull(blocks.token(first, 2047));
        assertNull(blocks.token(first, 2048), "no block behind the end is read");
        assertNotNull(blocks.token(second, 3000));
        assertEquals(
                List.of(200L, 3000L),
                blocks.changed(first.id(), second.id(), 151, null, null).indexes());
        assertEquals(
                List.copyOf(expected.keySet()),
                blocks.changed(null, second.id(), 0, null, null).indexes());
        // Pages follow one another without a gap.
        List<Long> paged = new ArrayList<>();
        String token = null;
        do {
            SnapshotBlocks.Page page = blocks.list(second.id(), 0, 100, token);
            paged.addAll(page.indexes());
            token = page.nextToken();
        } while (token != null);
        assertEquals(List.copyOf(expected.keySet()), paged);
        String other = blocks.list(second.id(), 0, 100, null).nextToken();
        assertNotNull(other);
        refuses(
                ErrorCode.INVALID_NEXT_TOKEN,
                "no token of this list",
                () -> blocks.list(first.id(), 0, 100, other));
        Snapshot stranger = complete(blocks.start(Uploads.Start.of(1)), 0);
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "not of one lineage",
                () -> blocks.changed(first.id(), stranger.id(), 0, null, null));
    }

    @Test
    @Covers({"4.11.1", "4.11.2"})
    void whatIsRefused() throws IOException {
        Object[][] starts = {
            {Uploads.Start.of(0), "VolumeSize 0"},
            {Uploads.Start.of(65_537), "VolumeSize 65537"},
            {Uploads.Start.of(1).withTimeoutMinutes(9), "Timeout 9"},
            {Uploads.Start.of(1).withTimeoutMinutes(4321), "Timeout 4321"},
        };
        for (Object[] row : starts) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    (String) row[1],
                    () -> blocks.start((Uploads.Start) row[0]));
        }
        Snapshot pending = blocks.start(Uploads.Start.of(1));
        byte[] good = block(1);
        refuses(
                ErrorCode.MISSING_PARAMETER,
                "needs its checksum",
                () -> blocks.put(pending.id(), 0, good, null));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "SHA256 is",
                () -> blocks.put(pending.id(), 0, good, BlockRules.checksum(block(2))));
        for (int length : new int[] {0, BLOCK - 1, BLOCK + 1}) {
            byte[] bad = Arrays.copyOf(good, length);
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    length + " bytes",
                    () -> blocks.put(pending.id(), 0, bad, BlockRules.checksum(bad)));
        }
        for (long index : new long[] {-1, 2048}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "block index " + index,
                    () -> put(pending, index, good));
        }
        for (int results : new int[] {99, 10_001}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "MaxResults " + results,
                    () -> blocks.list(pending.id(), 0, results, null));
        }
        SnapshotBlocks theirs = quarry.as(Actor.of("222")).blocks();
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                pending.id(),
                () -> theirs.put(pending.id(), 0, good, BlockRules.checksum(good)));
        put(pending, 0, good);
        Snapshot done = complete(pending, 1);
        quarry.catalog().sharing().modifySnapshot(done.id(), List.of(Grantee.ALL), List.of());
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "is public",
                () -> blocks.list(done.id(), 0, null, null));
    }

    @Test
    @Covers("4.11.2")
    void theOwnerIsToldWhoReadsBlocks() throws IOException {
        Snapshot pending = blocks.start(Uploads.Start.of(1));
        put(pending, 0, block(1));
        Snapshot done = complete(pending, 1);
        List<Grantee> them = List.of(Grantee.account("222"));
        quarry.catalog().sharing().modifySnapshot(done.id(), them, List.of());
        SnapshotBlocks theirs = quarry.as(Actor.of("222")).blocks();
        theirs.list(done.id(), 0, null, null);
        theirs.changed(null, done.id(), 0, null, null);
        theirs.get(done.id(), 0, token(done, 0));
        assertEquals(
                List.of("222", "222"),
                quarry.catalog().events(Instant.EPOCH).next().stream()
                        .filter(event -> event.action().equals("ExportSnapshot"))
                        .map(CatalogEvent::account)
                        .toList());
    }

    @Test
    @Covers("4.11.2")
    void tokensEnd() throws IOException {
        String root = "ab".repeat(32);
        Instant now = Instant.parse("2026-08-01T00:00:00Z");
        String block = BlockTokens.ofBlock(root, 5, now);
        BlockTokens.checkBlock(block, root, 5, now.plusSeconds(7 * 86_400));
        refuses(
                ErrorCode.INVALID_BLOCK_TOKEN,
                "ended at 2026-08-08",
                () -> BlockTokens.checkBlock(block, root, 5, now.plusSeconds(7 * 86_400 + 1)));
        String page = BlockTokens.ofPage("list", 12, now);
        assertEquals(12, BlockTokens.page(page, "list", now.plusSeconds(3600)));
        refuses(
                ErrorCode.INVALID_NEXT_TOKEN,
                "ended at",
                () -> BlockTokens.page(page, "list", now.plusSeconds(3601)));
        for (String bad : new String[] {"", "page", "page.c.1.x", page + "0"}) {
            refuses(
                    ErrorCode.INVALID_NEXT_TOKEN,
                    "no token",
                    () -> BlockTokens.page(bad, "list", now));
        }
    }

    @Test
    @Covers("4.11.1")
    void clientTokensAndDeletion() throws IOException {
        Uploads.Start start = Uploads.Start.of(1).withClientToken("t");
        Snapshot pending = blocks.start(start);
        assertEquals(pending.id(), blocks.start(start).id());
        refuses(
                ErrorCode.IDEMPOTENT_PARAMETER_MISMATCH,
                "'snapshot t'",
                () -> blocks.start(Uploads.Start.of(2).withClientToken("t")));
        put(pending, 5, block(5));
        quarry.catalog().deleteSnapshot(pending.id());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                pending.id(),
                () -> put(pending, 6, block(6)));
        Snapshot anew = blocks.start(start);
        assertNotEquals(pending.id(), anew.id());
        assertEquals(anew.id(), blocks.start(start).id());
        put(anew, 6, block(6));
        Objects.requireNonNull(quarry.maintenance().collect(new CancelToken()));
        complete(anew, 1);
        for (int length : new int[] {0, 65}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "client token of " + length,
                    () -> blocks.start(Uploads.Start.of(1).withClientToken("t".repeat(length))));
        }
        blocks.start(Uploads.Start.of(1).withClientToken("t".repeat(64)));
    }
}
