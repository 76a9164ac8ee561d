package dev.quarry.catalog.model;

/** Where a snapshot is in its life (4.11.3). Only {@link #COMPLETED} can be used. */
public enum SnapshotState implements Spelled {
    PENDING("pending"),
    COMPLETED("completed"),
    ERROR("error"),
    RECOVERABLE("recoverable"),
    RECOVERING("recovering"),
    /** Ours: a deletion has begun; one that was cut short is ended by deleting again. */
    DELETING("deleting"),
    /** Ours: gone for every caller; only its document is still to be removed. */
    DELETED("deleted");

    private final String spelling;

    SnapshotState(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
