package dev.quarry;

import dev.quarry.image.ReferenceGate;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a repair may take from what the store has lost.
 *
 * @param stores other stores
 * @param images files of the images that were imported; their format is found from their beginning
 * @param gate what the images may refer to
 */
public record RepairRequest(List<Path> stores, List<Path> images, ReferenceGate gate) {

    public RepairRequest {
        stores = List.copyOf(stores);
        images = List.copyOf(images);
    }
}
