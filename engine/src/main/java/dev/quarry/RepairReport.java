package dev.quarry;

import java.util.List;

/**
 * What a repair did.
 *
 * @param before what was found
 * @param restored documents that were damaged and are as they should be again
 * @param quarantined blobs and documents that are not used any more
 * @param after what is still wrong
 */
public record RepairReport(
        VerifyReport before, List<String> restored, List<String> quarantined, VerifyReport after) {

    public RepairReport {
        restored = List.copyOf(restored);
        quarantined = List.copyOf(quarantined);
    }
}
