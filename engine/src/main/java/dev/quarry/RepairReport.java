package dev.quarry;

import java.util.List;

/**
 * What a repair did.
 *
 * @param before what was found
 * @param quarantined blobs that are not used any more
 * @param after what is still wrong
 */
public record RepairReport(VerifyReport before, List<String> quarantined, VerifyReport after) {

    public RepairReport {
        quarantined = List.copyOf(quarantined);
    }
}
