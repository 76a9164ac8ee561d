package dev.quarry.catalog;

import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.Spelled;

import java.util.Map;

/**
 * What became of a snapshot whose image was deregistered with its snapshots (4.9.1).
 *
 * @param snapshotId the snapshot
 * @param result whether it is gone
 */
public record DeletedSnapshot(String snapshotId, Result result) {

    /** Whether a snapshot is gone, or why not. */
    public enum Result implements Spelled {
        SUCCESS("success"),
        /** Another image has it, or the recycle bin holds the one that had it. */
        SKIPPED("skipped"),
        MISSING_PERMISSIONS("missing-permissions"),
        INTERNAL_ERROR("internal-error"),
        CLIENT_ERROR("client-error");

        private final String spelling;

        Result(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String spelling() {
            return spelling;
        }
    }

    public Map<String, Object> toJson() {
        return new JsonObject().put("SnapshotId", snapshotId).put("ReturnCode", result).map();
    }
}
