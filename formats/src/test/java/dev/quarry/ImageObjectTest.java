package dev.quarry;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.archive.ArchiveReader;
import dev.quarry.catalog.Covers;
import dev.quarry.catalog.Sharing;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.StoreTask;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.catalog.rule.StoreRules;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.FileStorage;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Images as objects (4.12), stored in one region and restored in another. */
final class ImageObjectTest {

    private static final int MIB = 1 << 20;

    @TempDir Path folder;

    private Quarry north;
    private Quarry south;
    private Path bucket;
    private byte[] disk;
    private MachineImage image;

    ImageObjectTest() {}

    @BeforeEach
    void open() throws IOException {
        north = Quarry.openOrCreate(folder.resolve("north"));
        south = Quarry.openOrCreate(folder.resolve("south"));
        bucket = Files.createDirectory(folder.resolve("bucket"));
        // A size that is no whole sector.
        disk = new byte[100 * MIB + 333];
        byte[] random = new byte[3 * MIB];
        new SplittableRandom(3).nextBytes(random);
        System.arraycopy(random, 0, disk, 2 * MIB, random.length);
        System.arraycopy(random, 0, disk, disk.length - 333, 333);
        image = imported(north, "web");
    }

    @AfterEach
    void close() throws IOException {
        north.close();
        south.close();
    }

    private MachineImage imported(Quarry quarry, String name) throws IOException {
        Path raw = Files.write(folder.resolve("disk.raw"), disk);
        return Objects.requireNonNull(
                quarry.importImage(
                                ImportRequest.of(raw)
                                        .withFormat("raw")
                                        .withName(name)
                                        .withDescription("as it was")
                                        .withMappings(MappingParser.parse("/dev/sdb=:3:true:gp3"))
                                        .withTags(Tags.of(Map.of("k", "v"))),
                                ProgressListener.none(),
                                new CancelToken())
                        .image());
    }

    private StoreTask store(Quarry quarry, String id) throws IOException {
        return quarry.storeImage(id, bucket, ProgressListener.none(), new CancelToken());
    }

    private MachineImage restore(Quarry quarry, String name) throws IOException {
        return restore(quarry, name, Tags.none());
    }

    private MachineImage restore(Quarry quarry, String name, Tags tags) throws IOException {
        return quarry.restoreImage(
                bucket,
                image.id() + ".bin",
                name.isEmpty() ? null : name,
                tags,
                ProgressListener.none(),
                new CancelToken());
    }

    private byte[] exported(Quarry from, String id) throws IOException {
        Path file = folder.resolve("exported.raw");
        from.export(
                id,
                file,
                "raw",
                CreateOptions.defaults(),
                ProgressListener.none(),
                new CancelToken());
        return Files.readAllBytes(file);
    }

    @Test
    @Covers({"4.12.1", "4.8.10"})
    void anImageGoesThroughAnObject() throws IOException {
        north.catalog()
                .sharing()
                .modifyImage(image.id(), List.of(Grantee.account("222")), List.of());
        StoreTask task = store(north, image.id());
        assertEquals(image.id() + ".bin", task.objectKey());
        assertEquals(StoreTask.State.COMPLETED, task.state());
        assertEquals(List.of(task), north.catalog().storeTasks().list(List.of()));
        assertEquals(List.of(), north.catalog().storeTasks().list(List.of("ami-0")));
        MachineImage restored = restore(south, "");
        assertNotEquals(image.id(), restored.id());
        assertEquals("web", restored.name());
        assertEquals("as it was", restored.description());
        assertEquals(image.tags(), restored.tags());
        assertEquals(List.of(), restored.access().launchPermissions(), "shares stay behind");
        assertEquals(2, restored.mappings().size());
        assertEquals(image.mappings().get(1), restored.mappings().get(1));
        assertArrayEquals(disk, exported(south, restored.id()));
        refuses(ErrorCode.INVALID_AMI_NAME_DUPLICATE, "web", () -> restore(south, ""));
        assertEquals("web-2", restore(south, "web-2").name());
        long packs = south.statistics().packBytes();
        restore(south, "web-3");
        assertTrue(south.statistics().packBytes() - packs < 1 << 16, "stored once");
        assertTrue(
                south.catalog().events(Instant.EPOCH).next().stream()
                        .anyMatch(event -> event.action().equals("CreateRestoreImageTask")));
    }

    @Test
    @Covers("4.12.1")
    void tagsAreAddedWithTheImageOrNotAtAll() throws IOException {
        Map<String, String> many = new TreeMap<>();
        for (int i = 1; i < Tags.COUNT_MAX; i++) {
            many.put("key" + i, "v");
        }
        north.catalog().tag(image.id(), many);
        store(north, image.id());
        Tags more = Tags.of(Map.of("more", "1"));
        refuses(ErrorCode.TAG_LIMIT_EXCEEDED, "51 tags", () -> restore(south, "", more));
        assertEquals(List.of(), south.catalog().images());
        assertEquals(List.of(), south.catalog().snapshots());
        north.catalog().untag(image.id(), new TreeMap<>(many));
        store(north, image.id());
        assertEquals(Map.of("k", "v", "more", "1"), restore(south, "", more).tags().values());
    }

    @Test
    @Covers("4.12.1")
    void whoMayStore() throws IOException {
        Quarry theirs = north.as(Actor.of("222"));
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, image.id(), () -> store(theirs, image.id()));
        String snapshot = String.valueOf(image.rootSnapshotId());
        north.catalog().sharing().modifyImage(image.id(), List.of(Grantee.ALL), List.of());
        refuses(ErrorCode.INVALID_SNAPSHOT_NOT_FOUND, snapshot, () -> store(theirs, image.id()));
        north.catalog().sharing().modifySnapshot(snapshot, List.of(Grantee.ALL), List.of());
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "not shared with account 222",
                () -> store(theirs, image.id()));
        north.catalog()
                .sharing()
                .modifyImage(image.id(), List.of(Grantee.account("222")), List.of());
        store(theirs, image.id());
        assertTrue(restore(south, "").tags().isEmpty(), "another's tags are not seen");
        assertEquals(List.of(), north.catalog().storeTasks().list(List.of()), "each sees its own");
        assertEquals(1, theirs.catalog().storeTasks().list(List.of()).size());
    }

    private void archive(Quarry quarry, String id, Path file) throws IOException {
        quarry.archive(id, file, ProgressListener.none(), new CancelToken());
    }

    private void transfer(Quarry quarry, String id) throws IOException {
        quarry.transfer(
                id,
                south.as(quarry.catalog().actor()),
                null,
                ProgressListener.none(),
                new CancelToken());
    }

    private void shareWith(String account) throws IOException {
        List<Grantee> add = List.of(Grantee.account(account));
        north.catalog().sharing().modifyImage(image.id(), add, List.of());
        String root = String.valueOf(image.rootSnapshotId());
        north.catalog().sharing().modifySnapshot(root, add, List.of());
    }

    @Test
    @Covers("4.7.3")
    void onlySubscribersTakeOutWhatIsSold() throws IOException {
        String root = String.valueOf(image.rootSnapshotId());
        north.catalog()
                .sharing()
                .modifyProducts(
                        root, List.of(new ProductCode("p1", ProductCode.Type.DEVPAY)), List.of());
        shareWith("222");
        Quarry theirs = north.as(Actor.of("222"));
        Path file = folder.resolve("taken.quarry");
        for (String id : List.of(root, image.id())) {
            refuses(ErrorCode.OPT_IN_REQUIRED, "p1", () -> archive(theirs, id, file));
            refuses(ErrorCode.OPT_IN_REQUIRED, "p1", () -> transfer(theirs, id));
        }
        refuses(ErrorCode.OPT_IN_REQUIRED, "p1", () -> store(theirs, image.id()));
        assertFalse(Files.exists(file));
        theirs.catalog().settings().subscribe("p1");
        archive(theirs, image.id(), file);
        transfer(theirs, image.id());
        store(theirs, image.id());
    }

    @Test
    @Covers("4.7.3")
    void aProductKeepsItsOwnerInOtherStores() throws IOException {
        ProductCode code = new ProductCode("p1", ProductCode.Type.DEVPAY);
        String root = String.valueOf(image.rootSnapshotId());
        north.catalog().sharing().modifyProducts(root, List.of(code), List.of());
        shareWith("222");
        Quarry theirs = north.as(Actor.of("222"));
        theirs.catalog().settings().subscribe("p1");
        store(theirs, image.id());
        Quarry southern = south.as(Actor.of("222"));
        restore(southern, "restored");
        cannotTakeOff(southern, code);
        transfer(theirs, root);
        transfer(theirs, image.id());
        cannotTakeOff(southern, code);
        Snapshot own = south.catalog().snapshot(importedRoot(south, "own"));
        south.catalog().sharing().modifyProducts(own.id(), List.of(code), List.of());

        // Who was first in the other store cannot have it brought there.
        ProductCode early = new ProductCode("p2", ProductCode.Type.DEVPAY);
        String mine = importedRoot(southern, "early");
        southern.catalog().sharing().modifyProducts(mine, List.of(early), List.of());
        String sold = importedRoot(north, "sold");
        north.catalog().sharing().modifyProducts(sold, List.of(early), List.of());
        north.catalog().settings().subscribe("p2");
        refuses(ErrorCode.AUTH_FAILURE, "'p2'", () -> transfer(north, sold));
    }

    private String importedRoot(Quarry quarry, String name) throws IOException {
        return String.valueOf(imported(quarry, name).rootSnapshotId());
    }

    private static void cannotTakeOff(Quarry quarry, ProductCode code) throws IOException {
        for (Snapshot snapshot : quarry.catalog().snapshots()) {
            assertEquals(List.of(code), snapshot.productCodes());
            Sharing sharing = quarry.catalog().sharing();
            List<String> remove = List.of(code.productCodeId());
            refuses(
                    ErrorCode.AUTH_FAILURE,
                    "'p1'",
                    () -> sharing.modifyProducts(snapshot.id(), List.of(code), List.of()));
            refuses(
                    ErrorCode.AUTH_FAILURE,
                    "'p1'",
                    () -> sharing.modifyProducts(snapshot.id(), List.of(), remove));
        }
    }

    @Test
    @Covers({"4.2.9", "4.8.6"})
    void whatIsBroughtIsEncryptedAsTheAccountHasDecided() throws IOException {
        shareWith("222");
        Quarry theirs = north.as(Actor.of("222"));
        Quarry southern = south.as(Actor.of("222"));
        southern.catalog().settings().encryptByDefault("their-key");
        String root = String.valueOf(image.rootSnapshotId());
        transfer(theirs, root);
        transfer(theirs, image.id());
        Path file = folder.resolve("taken.quarry");
        archive(theirs, root, file);
        southern.unarchive(
                ForwardInput.of(FileStorage.open(file)),
                null,
                ProgressListener.none(),
                new CancelToken());
        store(theirs, image.id());
        restore(southern, "restored");
        List<Snapshot> snapshots = southern.catalog().snapshots();
        assertEquals(4, snapshots.size());
        for (Snapshot snapshot : snapshots) {
            assertEquals(new Encryption(true, "their-key"), snapshot.encryption());
        }
    }

    @Test
    void anArchiveTellsNoMoreThanItsMakerSees() throws IOException {
        shareWith("guest");
        String root = String.valueOf(image.rootSnapshotId());
        north.catalog().tag(root, Map.of("private", "snapshot"));
        Path file = folder.resolve("taken.quarry");
        Quarry theirs = north.as(Actor.of("guest"));
        for (String id : List.of(root, image.id())) {
            archive(theirs, id, file);
            String description = description(file);
            assertFalse(description.contains("guest"), "shares: " + description);
            assertFalse(description.contains("private"), "tags: " + description);
            assertFalse(description.contains("Tags"), "tags: " + description);
            archive(north, id, file);
            assertFalse(description(file).contains("guest"), "shares stay behind");
            assertTrue(description(file).contains("private"), "its own tags go along");
        }
    }

    private static String description(Path file) throws IOException {
        try (ArchiveReader archive = new ArchiveReader(ForwardInput.of(FileStorage.open(file)))) {
            return archive.description();
        }
    }

    @Test
    void anObjectOfASnapshotRegistersNothing() throws IOException {
        archive(north, String.valueOf(image.rootSnapshotId()), bucket.resolve(image.id() + ".bin"));
        refuses(ErrorCode.INVALID_PARAMETER_VALUE, "is of a snapshot", () -> restore(south, ""));
        assertEquals(List.of(), south.catalog().snapshots());
    }

    @Test
    @Covers("4.12.1")
    void encryptionEndsInTheObject() throws IOException {
        MachineImage encrypted =
                north.copyImage(
                        CopyImageRequest.of(image.id(), "secret")
                                .withEncryption(new CopyRules.Encrypting(true, "key")),
                        ProgressListener.none(),
                        new CancelToken());
        store(north, encrypted.id());
        MachineImage restored =
                south.restoreImage(
                        bucket,
                        encrypted.id() + ".bin",
                        null,
                        Tags.none(),
                        ProgressListener.none(),
                        new CancelToken());
        Snapshot root = south.catalog().snapshot(Objects.requireNonNull(restored.rootSnapshotId()));
        assertFalse(root.encryption().encrypted());
    }

    @Test
    @Covers("4.12.1")
    void limits() throws IOException {
        long gb = 1_000_000_000L;
        StoreRules.checkSize(StoreTask.Kind.STORE, 5000 * gb, 0);
        StoreRules.checkSize(StoreTask.Kind.STORE, 100 * gb, 500 * gb);
        StoreRules.checkSize(StoreTask.Kind.RESTORE, 100 * gb, 200 * gb);
        Object[][] rows = {
            {StoreTask.Kind.STORE, 5001 * gb, 0L, ErrorCode.INVALID_PARAMETER_VALUE},
            {StoreTask.Kind.STORE, 101 * gb, 500 * gb, ErrorCode.RESOURCE_LIMIT_EXCEEDED},
            {StoreTask.Kind.RESTORE, 101 * gb, 200 * gb, ErrorCode.RESOURCE_LIMIT_EXCEEDED},
        };
        for (Object[] row : rows) {
            refuses(
                    (ErrorCode) row[3],
                    "exceed",
                    () ->
                            StoreRules.checkSize(
                                    (StoreTask.Kind) row[0], (Long) row[1], (Long) row[2]));
        }
        for (String key : new String[] {"../x.bin", "/x", "", ".hidden", "a/b"}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "no object key",
                    () ->
                            south.restoreImage(
                                    bucket,
                                    key,
                                    null,
                                    Tags.none(),
                                    ProgressListener.none(),
                                    new CancelToken()));
        }
    }

    @Test
    void damagedObjects() throws IOException {
        store(north, image.id());
        Path object = bucket.resolve(image.id() + ".bin");
        byte[] good = Files.readAllBytes(object);
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 60; i++) {
            byte[] bad =
                    i % 6 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            if (bad.length == good.length) {
                bad[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(object, bad);
            try {
                MachineImage restored = restore(south, "x-" + i);
                assertArrayEquals(
                        disk, exported(south, restored.id()), "what is restored is right");
                south.catalog().lifecycle().deregisterWithSnapshots(restored.id());
            } catch (IOException e) {
                // Refused.
            }
            assertEquals(List.of(), south.catalog().images(), "nothing is left");
            assertEquals(List.of(), south.catalog().snapshots(), "nothing is left");
        }
    }
}
