package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.ImageAccess;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ImageLifecycle;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.Tags;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Snapshots, images and mappings for the tables of the mapping tests. */
public final class Mappings {

    /** 8 GiB. */
    public static final String SNAP_8 = "snap-00000000000000008";

    /** 10.5 GiB: 11 by the rounding. */
    public static final String SNAP_10_5 = "snap-00000000000000105";

    /** 8 GiB, encrypted with a key of its owner. */
    public static final String SNAP_SECRET = "snap-0000000000000005e";

    public static final String OWNER = "111111111111";

    public static final Map<String, SnapshotFacts> SNAPSHOTS =
            Map.of(
                    SNAP_8,
                    new SnapshotFacts(Gibibytes.toBytes(8), Encryption.NONE, OWNER),
                    SNAP_10_5,
                    new SnapshotFacts(
                            Gibibytes.toBytes(10) + Gibibytes.BYTES / 2, Encryption.NONE, OWNER),
                    SNAP_SECRET,
                    new SnapshotFacts(Gibibytes.toBytes(8), new Encryption(true, "key-a"), OWNER));

    private Mappings() {}

    /** Mappings from their text, one for each argument. */
    public static List<BlockDeviceMapping> of(String... texts) throws CatalogException {
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        for (String text : texts) {
            mappings.addAll(MappingParser.parse(text));
        }
        return mappings;
    }

    /** An available image with these mappings and the root /dev/sda1. */
    public static MachineImage image(String... texts) throws CatalogException {
        return image(of(texts));
    }

    public static MachineImage image(List<BlockDeviceMapping> mappings) {
        return new MachineImage(
                "ami-00000000000000001",
                "image",
                null,
                OWNER,
                ImageState.AVAILABLE,
                null,
                Instant.EPOCH,
                ImageHardware.defaults(),
                "/dev/sda1",
                MappingDefaults.forImage(mappings, "/dev/sda1"),
                SNAPSHOTS,
                ImageOrigin.NONE,
                ImageAccess.PRIVATE,
                ImageLifecycle.NEW,
                Tags.none());
    }
}
