package dev.quarry.catalog;

import dev.quarry.catalog.model.MachineImage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A page of search results.
 *
 * @param images by id
 * @param nextToken asks for the next page with the same query, or null after the last
 */
public record ImagePage(List<MachineImage> images, @Nullable String nextToken) {

    public ImagePage {
        images = List.copyOf(images);
    }
}
