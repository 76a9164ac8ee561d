package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A machine image: the template of a root volume, who may launch it, and its block device mapping
 * (4.1.1).
 *
 * @param id {@code ami-…}
 * @param name unique among the owner's images
 * @param description for people, or null
 * @param ownerId the account that it belongs to
 * @param state where it is in its life
 * @param stateReason why, or null
 * @param creationDate when it was registered
 * @param hardware the machine that it needs
 * @param rootDeviceName the device whose volume is booted from
 * @param mappings at most one for each device name, in the order given
 * @param snapshots facts of the snapshots that the mappings name, by id
 * @param origin where it comes from
 * @param access who may launch it
 * @param lifecycle what is decided of its later life
 * @param tags seen by the owner alone
 */
public record MachineImage(
        String id,
        String name,
        @Nullable String description,
        String ownerId,
        ImageState state,
        @Nullable StateReason stateReason,
        Instant creationDate,
        ImageHardware hardware,
        String rootDeviceName,
        List<BlockDeviceMapping> mappings,
        Map<String, SnapshotFacts> snapshots,
        ImageOrigin origin,
        ImageAccess access,
        ImageLifecycle lifecycle,
        Tags tags)
        implements CatalogObject {

    public MachineImage {
        mappings = List.copyOf(mappings);
        snapshots = Collections.unmodifiableMap(new TreeMap<>(snapshots));
    }

    /** The mapping of a device, or null. */
    public @Nullable BlockDeviceMapping mapping(String deviceName) {
        for (BlockDeviceMapping mapping : mappings) {
            if (mapping.deviceName().equals(deviceName)) {
                return mapping;
            }
        }
        return null;
    }

    /** The snapshot that the root volume begins as, or null for an instance-store image. */
    public @Nullable String rootSnapshotId() {
        BlockDeviceMapping root = mapping(rootDeviceName);
        Ebs ebs = root == null ? null : root.ebs();
        return ebs == null ? null : ebs.snapshotId();
    }

    /** Where EC2 says that it is: its manifest, or OWNER/NAME of an image that has none. */
    public String location() {
        String manifest = origin.imageLocation();
        return manifest == null ? ownerId + "/" + name : manifest;
    }

    /** Whether the root volume comes from a snapshot, and not from a bundle. */
    public boolean isEbsBacked() {
        return rootSnapshotId() != null;
    }

    public MachineImage withState(ImageState newState, @Nullable StateReason reason) {
        return new MachineImage(
                id,
                name,
                description,
                ownerId,
                newState,
                reason,
                creationDate,
                hardware,
                rootDeviceName,
                mappings,
                snapshots,
                origin,
                access,
                lifecycle,
                tags);
    }

    public MachineImage withDescription(@Nullable String newDescription) {
        return new MachineImage(
                id,
                name,
                newDescription,
                ownerId,
                state,
                stateReason,
                creationDate,
                hardware,
                rootDeviceName,
                mappings,
                snapshots,
                origin,
                access,
                lifecycle,
                tags);
    }

    public MachineImage withHardware(ImageHardware newHardware) {
        return new MachineImage(
                id,
                name,
                description,
                ownerId,
                state,
                stateReason,
                creationDate,
                newHardware,
                rootDeviceName,
                mappings,
                snapshots,
                origin,
                access,
                lifecycle,
                tags);
    }

    public MachineImage withAccess(ImageAccess newAccess) {
        return new MachineImage(
                id,
                name,
                description,
                ownerId,
                state,
                stateReason,
                creationDate,
                hardware,
                rootDeviceName,
                mappings,
                snapshots,
                origin,
                newAccess,
                lifecycle,
                tags);
    }

    public MachineImage withLifecycle(ImageLifecycle newLifecycle) {
        return new MachineImage(
                id,
                name,
                description,
                ownerId,
                state,
                stateReason,
                creationDate,
                hardware,
                rootDeviceName,
                mappings,
                snapshots,
                origin,
                access,
                newLifecycle,
                tags);
    }

    @Override
    public MachineImage withTags(Tags newTags) {
        return new MachineImage(
                id,
                name,
                description,
                ownerId,
                state,
                stateReason,
                creationDate,
                hardware,
                rootDeviceName,
                mappings,
                snapshots,
                origin,
                access,
                lifecycle,
                newTags);
    }

    @Override
    public Map<String, Object> toJson() {
        JsonObject object =
                new JsonObject()
                        .put("ImageId", id)
                        .put("Name", name)
                        .put("Description", description)
                        .put("OwnerId", ownerId)
                        .put("State", state)
                        .put("StateReason", stateReason == null ? null : stateReason.toJson())
                        .put("CreationDate", creationDate);
        hardware.putTo(object);
        object.put("RootDeviceName", rootDeviceName)
                .put(
                        "BlockDeviceMappings",
                        mappings.stream().map(BlockDeviceMapping::toJson).toList());
        Map<String, Object> facts = new LinkedHashMap<>();
        snapshots.forEach((snapshotId, fact) -> facts.put(snapshotId, fact.toJson()));
        object.put("Snapshots", facts);
        origin.putTo(object);
        access.putTo(object);
        lifecycle.putTo(object);
        return object.putIfAny("Tags", tags.toJson()).map();
    }

    public static MachineImage fromJson(JsonFields fields) throws CatalogException {
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        for (JsonFields mapping : fields.objects("BlockDeviceMappings")) {
            mappings.add(BlockDeviceMapping.fromJson(mapping));
        }
        Map<String, SnapshotFacts> snapshots = new TreeMap<>();
        JsonFields facts = fields.object("Snapshots");
        for (String snapshotId : facts.keys()) {
            snapshots.put(snapshotId, SnapshotFacts.fromJson(facts.object(snapshotId)));
        }
        return new MachineImage(
                fields.string("ImageId"),
                fields.string("Name"),
                fields.optionalString("Description"),
                fields.string("OwnerId"),
                fields.oneOf("State", ImageState.class),
                StateReason.fromJson(fields.optionalObject("StateReason")),
                fields.time("CreationDate"),
                ImageHardware.fromJson(fields),
                fields.string("RootDeviceName"),
                mappings,
                snapshots,
                ImageOrigin.fromJson(fields),
                ImageAccess.fromJson(fields),
                ImageLifecycle.fromJson(fields),
                Tags.fromJson(fields.objects("Tags")));
    }
}
