package dev.quarry.catalog.model;

/** Whether a volume set is in use. */
public enum LaunchState implements Spelled {
    RUNNING("running"),
    TERMINATED("terminated");

    private final String spelling;

    LaunchState(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
