package dev.quarry.catalog;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A page of snapshots or volumes.
 *
 * @param objects by id
 * @param nextToken asks for the next page with the same query, or null after the last
 */
public record ObjectPage<T>(List<T> objects, @Nullable String nextToken) {

    public ObjectPage {
        objects = List.copyOf(objects);
    }
}
