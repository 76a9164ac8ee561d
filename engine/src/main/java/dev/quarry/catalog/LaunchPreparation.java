package dev.quarry.catalog;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.mapping.MappingMerge;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.ProductRules;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gathers what a launch of an image needs, and asks the rules whether the account may have it. */
final class LaunchPreparation {

    private final Tables tables;
    private final Actor actor;

    LaunchPreparation(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /**
     * The image, the merged mapping (4.5), and the snapshots.
     *
     * @param request the launch's own mappings; they may be incomplete where the image has the rest
     */
    LaunchSubject prepare(String imageId, List<BlockDeviceMapping> request) throws IOException {
        MachineImage image = tables.visible(tables.images, imageId, actor).object();
        AccessRules.requireLaunch(image, actor);
        AccountSettings settings = tables.settings.account(actor.account());
        ProductRules.requireSubscribed(image.id(), image.access().productCodes(), settings);
        MergedMapping merged = MappingMerge.merge(image, request, requestedFacts(image, request));
        Map<String, Snapshot> snapshots = new TreeMap<>();
        for (MergedMapping.Device device : merged.devices()) {
            if (device.assignment() instanceof Ebs ebs && ebs.snapshotId() != null) {
                String id = ebs.snapshotId();
                Snapshot snapshot =
                        tables.snapshots
                                .find(id)
                                .map(Documents.Stored::object)
                                .orElseThrow(() -> missing(image, device.deviceName(), id));
                if (!AccessRules.comesWith(image, snapshot, actor)) {
                    throw missing(image, device.deviceName(), id);
                }
                AccessRules.requireCompleted(snapshot);
                ProductRules.requireSubscribed(id, snapshot.productCodes(), settings);
                snapshots.put(id, snapshot);
            }
        }
        return new LaunchSubject(
                image,
                merged,
                snapshots,
                actor.account(),
                EncryptionRules.AccountDefaults.of(settings));
    }

    private static CatalogException missing(MachineImage image, String device, String snapshotId) {
        return new CatalogException(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                "there is no snapshot "
                        + snapshotId
                        + ", to which image "
                        + image.id()
                        + " maps "
                        + device);
    }

    /**
     * Facts of the snapshots that a request brings in itself: the account must be allowed to use
     * them. Those that the image maps come with the permission to launch it.
     */
    private Map<String, SnapshotFacts> requestedFacts(
            MachineImage image, List<BlockDeviceMapping> request) throws IOException {
        Map<String, SnapshotFacts> facts = new TreeMap<>();
        for (BlockDeviceMapping entry : request) {
            Ebs ebs = entry.ebs();
            String id = ebs == null ? null : ebs.snapshotId();
            BlockDeviceMapping mapped = image.mapping(entry.deviceName());
            Ebs mappedEbs = mapped == null ? null : mapped.ebs();
            if (id != null && (mappedEbs == null || !id.equals(mappedEbs.snapshotId()))) {
                Snapshot snapshot = tables.visible(tables.snapshots, id, actor).object();
                AccessRules.requireUse(snapshot, actor);
                facts.put(id, snapshot.facts());
            }
        }
        return facts;
    }
}
