package dev.quarry.catalog;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * An image that an account may launch, with everything that planning the launch needs: the
 * catalogue is not asked again.
 *
 * @param image the image
 * @param mapping its mapping, merged with the launch's own
 * @param snapshots every snapshot that the merged mapping names, by id
 * @param account who launches
 * @param encryption that account's own settings
 */
public record LaunchSubject(
        MachineImage image,
        MergedMapping mapping,
        Map<String, Snapshot> snapshots,
        String account,
        EncryptionRules.AccountDefaults encryption) {

    public LaunchSubject {
        snapshots = Collections.unmodifiableMap(new TreeMap<>(snapshots));
    }
}
