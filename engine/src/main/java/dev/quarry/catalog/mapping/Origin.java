package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.Spelled;

/** Where a field of a merged mapping comes from. */
public enum Origin implements Spelled {
    IMAGE("image"),
    REQUEST("request"),
    SNAPSHOT("snapshot"),
    DEFAULT("default");

    private final String spelling;

    Origin(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
