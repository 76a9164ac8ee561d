package dev.quarry.catalog;

import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeFile;
import dev.quarry.catalog.model.VolumePerformance;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.catalog.model.VolumeType;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Catalogues and their contents for tests. */
public final class Catalogs {

    public static final Instant TIME = Instant.parse("2026-08-01T12:34:56.789Z");
    public static final Clock CLOCK = Clock.fixed(TIME, ZoneOffset.UTC);
    public static final String ROOT = "ab".repeat(32);

    private Catalogs() {}

    /** A snapshot of so many GiB. */
    public static Snapshot snapshot(AccountCatalog catalog, int gib) throws IOException {
        return catalog.registerSnapshot(
                SnapshotRegistration.of(ROOT, "cd".repeat(32), Gibibytes.toBytes(gib)));
    }

    /** An image with that root snapshot, and more mappings. */
    public static MachineImage image(
            AccountCatalog catalog, String name, Snapshot root, String... more) throws IOException {
        return catalog.registerImage(ImageRegistration.of(name, mappings(root, more)));
    }

    public static List<BlockDeviceMapping> mappings(Snapshot root, String... more)
            throws CatalogException {
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        mappings.addAll(MappingParser.parse("/dev/sda1=" + root.id()));
        for (String text : more) {
            mappings.addAll(MappingParser.parse(text));
        }
        return mappings;
    }

    /** A launch of an image, as it would be recorded, without volumes. */
    public static Launch launch(AccountCatalog catalog, MachineImage image) {
        return new Launch(
                catalog.newId(ObjectKind.LAUNCH),
                image.id(),
                catalog.actor().account(),
                catalog.now(),
                LaunchState.RUNNING,
                image.hardware(),
                image.rootDeviceName(),
                "/out",
                List.of(),
                List.of(),
                Tags.none());
    }

    /** A volume of one GiB that is attached to nothing, as it would be recorded. */
    public static Volume volume(AccountCatalog catalog) {
        String id = catalog.newId(ObjectKind.VOLUME);
        return new Volume(
                id,
                catalog.actor().account(),
                Gibibytes.toBytes(1),
                new VolumePerformance(VolumeType.GP3, 3000, 125),
                null,
                Encryption.NONE,
                VolumeState.AVAILABLE,
                catalog.now(),
                new VolumeFile("/out/" + id + ".raw", "raw", null, null),
                null,
                List.of(),
                Tags.none());
    }
}
