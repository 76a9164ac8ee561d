package dev.quarry.catalog.model;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.quarry.catalog.Covers;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class ModelJsonTest {

    private static CatalogObject read(CatalogObject object) throws CatalogException {
        JsonFields fields = Json.readDocument(Json.document(object.toJson()), object.id());
        return switch (object) {
            case MachineImage image -> MachineImage.fromJson(fields);
            case Snapshot snapshot -> Snapshot.fromJson(fields);
            case Volume volume -> Volume.fromJson(fields);
            case Launch launch -> Launch.fromJson(fields);
        };
    }

    @Test
    @Covers({"4.1.1", "4.1.5"})
    void everyFieldSurvives() throws CatalogException {
        for (CatalogObject object : Samples.all()) {
            assertEquals(object, read(object));
            assertEquals(object.withTags(Tags.none()), read(object.withTags(Tags.none())));
        }
    }

    @Test
    @Covers("4.1.1")
    void absentFieldsStayAbsent() throws CatalogException {
        MachineImage image =
                new MachineImage(
                        "ami-0123456789abcdef0",
                        "n",
                        null,
                        "1",
                        ImageState.PENDING,
                        null,
                        Samples.TIME,
                        ImageHardware.defaults(),
                        "/dev/sda1",
                        List.of(),
                        Map.of(),
                        ImageOrigin.NONE,
                        ImageAccess.PRIVATE,
                        ImageLifecycle.NEW,
                        Tags.none());
        assertEquals(image, read(image));
        assertEquals(Architecture.X86_64, image.hardware().architecture());
        assertEquals(VirtualizationType.HVM, image.hardware().virtualizationType());
    }

    @Test
    @Covers("4.1.2")
    void states() throws CatalogException {
        assertEquals(
                List.of(
                        "pending",
                        "available",
                        "invalid",
                        "deregistered",
                        "transient",
                        "failed",
                        "error",
                        "disabled"),
                List.of(ImageState.values()).stream().map(ImageState::spelling).toList());
        assertEquals(ImageState.AVAILABLE, Spelled.parse(ImageState.class, "available", "State"));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "State 'Available' is none of pending, available",
                () -> Spelled.parse(ImageState.class, "Available", "State"));
    }

    @Test
    @Covers("4.11.3")
    void snapshotStates() {
        assertEquals(
                List.of(
                        "pending",
                        "completed",
                        "error",
                        "recoverable",
                        "recovering",
                        "deleting",
                        "deleted"),
                List.of(SnapshotState.values()).stream().map(SnapshotState::spelling).toList());
    }

    @Test
    void damagedDocumentsAreNamed() {
        for (String text :
                List.of(
                        "",
                        "{",
                        "[]",
                        "{}",
                        "{\"SnapshotId\":1}",
                        "{\"SnapshotId\":\"snap-1\",\"SizeBytes\":\"1\"}")) {
            refuses(
                    ErrorCode.INTERNAL_ERROR,
                    "images/x.json",
                    () ->
                            Snapshot.fromJson(
                                    Json.readDocument(
                                            text.getBytes(StandardCharsets.UTF_8),
                                            "images/x.json")));
        }
    }

    @Test
    void sizesAreRoundedUpToGib() {
        assertEquals(1, Gibibytes.roundedUp(0));
        assertEquals(1, Gibibytes.roundedUp(1));
        assertEquals(1, Gibibytes.roundedUp(1 << 30));
        assertEquals(2, Gibibytes.roundedUp((1 << 30) + 1));
        assertEquals(1 << 30, Gibibytes.roundedUp(Snapshot.SIZE_BYTES_MAX));
        assertThrows(IllegalArgumentException.class, () -> Gibibytes.roundedUp(-1));
    }
}
