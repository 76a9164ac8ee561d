package dev.quarry.catalog.model;

/** Where an image is in its life (4.1.2). Only {@link #AVAILABLE} can be launched. */
public enum ImageState implements Spelled {
    PENDING("pending"),
    AVAILABLE("available"),
    INVALID("invalid"),
    DEREGISTERED("deregistered"),
    TRANSIENT("transient"),
    FAILED("failed"),
    ERROR("error"),
    DISABLED("disabled");

    private final String spelling;

    ImageState(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
