package dev.quarry.volume;

import dev.quarry.catalog.LaunchSubject;
import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.mapping.MappingMerge;
import dev.quarry.catalog.mapping.Mappings;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Tags;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Subjects of launches for tests of the planner, from the snapshots of {@link Mappings}. */
final class Launches {

    private Launches() {}

    static LaunchSubject subject(MachineImage image, String... request) throws IOException {
        return subject(image, Mappings.SNAPSHOTS, request);
    }

    static LaunchSubject subject(
            MachineImage image, Map<String, SnapshotFacts> facts, String... request)
            throws IOException {
        Map<String, Snapshot> snapshots = new TreeMap<>();
        facts.forEach((id, fact) -> snapshots.put(id, snapshot(id, fact)));
        return new LaunchSubject(
                image,
                MappingMerge.merge(image, Mappings.of(request), facts),
                snapshots,
                Mappings.OWNER,
                EncryptionRules.AccountDefaults.NONE);
    }

    /** A snapshot whose root is its id's digits. */
    private static Snapshot snapshot(String id, SnapshotFacts facts) {
        return new Snapshot(
                id,
                "0".repeat(47) + id.substring("snap-".length()),
                "cd".repeat(32),
                facts.sizeBytes(),
                facts.ownerId(),
                null,
                SnapshotState.COMPLETED,
                null,
                Instant.EPOCH,
                SnapshotSource.NONE,
                facts.encryption(),
                List.of(),
                List.of(),
                Tags.none());
    }
}
