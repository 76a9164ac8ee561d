package dev.quarry.catalog.model;

/** Where a volume is in its life. */
public enum VolumeState implements Spelled {
    CREATING("creating"),
    AVAILABLE("available"),
    IN_USE("in-use"),
    DELETING("deleting"),
    DELETED("deleted"),
    ERROR("error");

    private final String spelling;

    VolumeState(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
