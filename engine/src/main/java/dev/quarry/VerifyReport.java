package dev.quarry;

import dev.quarry.snapshot.SnapshotVerifier;
import dev.quarry.store.Finding;

import java.util.List;

/**
 * What a verification found.
 *
 * @param packs that were read
 * @param frames that were decoded
 * @param hashedBytes plain bytes that were hashed
 * @param snapshots that were gone through
 * @param findings the first of them
 * @param findingCount how many there were
 * @param losses snapshots that have lost something, by id
 */
public record VerifyReport(
        long packs,
        long frames,
        long hashedBytes,
        long snapshots,
        List<Finding> findings,
        long findingCount,
        List<Loss> losses) {

    /**
     * What a snapshot has lost.
     *
     * @param snapshotId {@code snap-…}
     * @param imageIds registered images that map it
     * @param result which guest bytes, or what else is wrong with it
     */
    public record Loss(String snapshotId, List<String> imageIds, SnapshotVerifier.Result result) {

        public Loss {
            imageIds = List.copyOf(imageIds);
        }
    }

    public VerifyReport {
        findings = List.copyOf(findings);
        losses = List.copyOf(losses);
    }

    /** Whether everything that was looked at is as it was written. */
    public boolean isSound() {
        return findingCount == 0 && losses.isEmpty();
    }
}
