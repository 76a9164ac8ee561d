package dev.quarry;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.Settings;
import dev.quarry.catalog.Uploads;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Copies of images, within a region and between two. */
final class ImageCopyTest extends ImageLifeFixture {

    private MachineImage copy(Quarry into, CopyImageRequest request) throws IOException {
        return into.copyImage(request, ProgressListener.none(), new CancelToken());
    }

    @Test
    @Covers({"4.8.2", "4.8.3", "4.8.4", "4.8.5"})
    void aCopyWithinTheRegion() throws IOException {
        quarry.catalog()
                .sharing()
                .modifyImage(image.id(), List.of(Grantee.account("222")), List.of());
        MachineImage plain = copy(quarry, CopyImageRequest.of(image.id(), "copy"));
        assertNotEquals(image.id(), plain.id());
        assertEquals(image.id(), plain.origin().sourceImageId());
        assertEquals("local", plain.origin().sourceImageRegion());
        assertEquals(List.of(), plain.access().launchPermissions());
        assertTrue(plain.tags().isEmpty());
        assertNotEquals(image.rootSnapshotId(), plain.rootSnapshotId());
        MachineImage tagged =
                copy(
                        quarry,
                        CopyImageRequest.of(image.id(), "tagged")
                                .withTags(
                                        CopyImageRequest.SourceTags.COPY,
                                        Tags.of(Map.of("more", "1"))));
        assertEquals(Map.of("family", "test", "more", "1"), tagged.tags().values());
        refuses(
                ErrorCode.INVALID_AMI_NAME_DUPLICATE,
                plain.id(),
                () -> copy(quarry, CopyImageRequest.of(image.id(), "copy")));
        quarry.catalog().lifecycle().deregisterWithSnapshots(image.id());
        assertArrayEquals(disk, exported(quarry, plain.id()));
    }

    @Test
    @Covers({"4.7.1", "4.7.3", "4.8.4"})
    void whoMayCopy() throws IOException {
        Quarry theirs = quarry.as(Actor.of("222"));
        CopyImageRequest request =
                CopyImageRequest.of(image.id(), "theirs")
                        .withTags(CopyImageRequest.SourceTags.COPY, Tags.none());
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, image.id(), () -> copy(theirs, request));
        List<Grantee> them = List.of(Grantee.account("222"));
        quarry.catalog().sharing().modifyImage(image.id(), them, List.of());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                String.valueOf(image.rootSnapshotId()),
                () -> copy(theirs, request));
        quarry.catalog()
                .sharing()
                .modifySnapshot(String.valueOf(image.rootSnapshotId()), them, List.of());
        MachineImage copied = copy(theirs, request);
        assertEquals("222", copied.ownerId());
        assertTrue(copied.tags().isEmpty(), "another's tags do not go over");
    }

    @Test
    @Covers({"4.8.6", "4.8.9"})
    void encryptionOfCopies() throws IOException {
        CopyImageRequest request = CopyImageRequest.of(image.id(), "copy");
        MachineImage encrypted =
                copy(quarry, request.withEncryption(new CopyRules.Encrypting(true, "key-1")));
        assertEquals("key-1", root(encrypted).encryption().kmsKeyId());
        MachineImage again = copy(quarry, CopyImageRequest.of(encrypted.id(), "again"));
        assertEquals("key-1", root(again).encryption().kmsKeyId());
        ErrorCode combination = ErrorCode.INVALID_PARAMETER_COMBINATION;
        refuses(
                combination,
                "never be removed",
                () ->
                        copy(
                                quarry,
                                CopyImageRequest.of(encrypted.id(), "plain")
                                        .withEncryption(new CopyRules.Encrypting(false, null))));
        refuses(
                combination,
                "without Encrypted",
                () ->
                        copy(
                                quarry,
                                CopyImageRequest.of(image.id(), "plain")
                                        .withEncryption(new CopyRules.Encrypting(null, "key-1"))));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "KmsKeyId is empty",
                () -> copy(quarry, request.withEncryption(new CopyRules.Encrypting(true, ""))));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "KmsKeyId is empty",
                () -> quarry.catalog().settings().encryptByDefault(" "));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "KmsKeyId is empty",
                () -> quarry.blocks().start(Uploads.Start.of(1).withEncryption(true, "")));
        for (int minutes : new int[] {0, 14, 20, 2895}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "in steps of 15",
                    () -> copy(quarry, request.withCompletionMinutes(minutes)));
        }
        copy(quarry, CopyImageRequest.of(image.id(), "in time").withCompletionMinutes(30));
    }

    @Test
    @Covers({"4.8.1", "4.8.7", "4.8.3"})
    void aCopyFromAnotherRegion() throws IOException {
        quarry.catalog().settings().change(List.of(Settings.regionName("north")));
        try (Quarry south = Quarry.openOrCreate(folder.resolve("south"))) {
            south.catalog().settings().addRegion("north", folder.resolve("store").toString());
            refuses(
                    ErrorCode.INVALID_REGION,
                    "'west'",
                    () ->
                            copy(
                                    south,
                                    CopyImageRequest.of(image.id(), "copy")
                                            .withSourceRegion("west")));
            CopyImageRequest request =
                    CopyImageRequest.of(image.id(), "copy")
                            .withSourceRegion("north")
                            .withClientToken("token-1");
            // A copy that is cut off goes on when it is asked for again.
            CancelToken cut = new CancelToken();
            assertThrows(
                    IOException.class,
                    () -> south.copyImage(request, (done, total) -> cut.cancel(), cut));
            MachineImage first = copy(south, request);
            assertEquals(ImageState.AVAILABLE, first.state());
            assertEquals("north", first.origin().sourceImageRegion());
            assertTrue(
                    quarry.catalog().events(Instant.EPOCH).next().stream()
                            .anyMatch(event -> event.action().equals("ExportSnapshot")),
                    "its owner is told");
            assertEquals(first, copy(south, request));
            assertEquals(1, south.catalog().images().size());
            assertEquals(1, south.catalog().snapshots().size());
            refuses(
                    ErrorCode.IDEMPOTENT_PARAMETER_MISMATCH,
                    first.id(),
                    () -> copy(south, request.withDescription("other")));
            assertArrayEquals(disk, exported(south, first.id()));
            long before = south.statistics().packBytes();
            copy(south, CopyImageRequest.of(image.id(), "second").withSourceRegion("north"));
            assertTrue(
                    south.statistics().packBytes() - before < 1 << 16,
                    "what is there is not brought again");
        }
    }

    @Test
    @Covers("4.8.8")
    void aPendingCopyIsCancelledByDeregisteringIt() throws IOException {
        quarry.catalog().settings().change(List.of(Settings.regionName("north")));
        try (Quarry south = Quarry.openOrCreate(folder.resolve("south"))) {
            south.catalog().settings().addRegion("north", folder.resolve("store").toString());
            CopyImageRequest request =
                    CopyImageRequest.of(image.id(), "copy")
                            .withSourceRegion("north")
                            .withClientToken("token-1");
            List<String> cancelled = new ArrayList<>();
            ProgressListener canceller =
                    (done, total) -> {
                        if (cancelled.isEmpty()) {
                            try {
                                MachineImage pending = south.catalog().images().getFirst();
                                assertEquals(ImageState.PENDING, pending.state());
                                cancelled.add(pending.id());
                                south.catalog().lifecycle().deregister(pending.id());
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        }
                    };
            refuses(
                    ErrorCode.INCORRECT_STATE,
                    "was deregistered",
                    () -> south.copyImage(request, canceller, new CancelToken()));
            assertEquals(1, cancelled.size());
            assertEquals(List.of(), south.catalog().images());
            assertEquals(List.of(), south.catalog().snapshots());
            refuses(ErrorCode.INCORRECT_STATE, cancelled.getFirst(), () -> copy(south, request));
            copy(south, request.withClientToken("token-2"));
        }
    }

    @Test
    @Covers("4.8.7")
    void whatIsRefusedUsesUpNoToken() throws IOException {
        CopyImageRequest request = CopyImageRequest.of(image.id(), "copy").withClientToken("t");
        refuses(
                ErrorCode.INVALID_AMI_NAME_DUPLICATE,
                image.id(),
                () -> copy(quarry, CopyImageRequest.of(image.id(), "first").withClientToken("t")));
        refuses(
                ErrorCode.INVALID_AMI_NAME_MALFORMED,
                "x!y",
                () -> copy(quarry, CopyImageRequest.of(image.id(), "x!y").withClientToken("t")));
        MachineImage copied = copy(quarry, request);
        quarry.catalog().lifecycle().deregister(image.id());
        assertEquals(copied.id(), copy(quarry, request).id(), "its source may be gone");
    }

    @Test
    @Covers({"4.8.7", "4.9.3"})
    void aTokenDoesNotGiveWhatIsInTheRecycleBin() throws IOException {
        CopyImageRequest request = CopyImageRequest.of(image.id(), "copy").withClientToken("t");
        String id = copy(quarry, request).id();
        quarry.catalog().settings().retain(RetentionRule.of("all", Map.of(), 3));
        quarry.catalog().lifecycle().deregister(id);
        refuses(ErrorCode.INCORRECT_STATE, id, () -> copy(quarry, request));
        quarry.catalog().lifecycle().restore(id);
        assertEquals(id, copy(quarry, request).id());
    }

    @Test
    void everyCopyHasItsOwnId() throws IOException {
        Set<String> ids = new TreeSet<>();
        for (int i = 0; i < 3; i++) {
            ids.add(copy(quarry, CopyImageRequest.of(image.id(), "copy " + i)).id());
        }
        assertEquals(3, ids.size());
        assertThrows(
                CatalogException.class,
                () -> copy(quarry, CopyImageRequest.of("ami-fffffffffffffffff", "x y")));
    }
}
