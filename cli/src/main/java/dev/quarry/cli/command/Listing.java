package dev.quarry.cli.command;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.CatalogObject;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Objects of the catalogue in the shape of EC2's describe operations. */
final class Listing {

    private Listing() {}

    /** {@code {NAME: […]}}, with an empty list if there are none. */
    static Map<String, Object> of(
            String name, List<? extends CatalogObject> objects, AccountCatalog catalog)
            throws IOException {
        List<Map<String, Object>> views = new ArrayList<>();
        for (CatalogObject object : objects) {
            views.add(catalog.view(object));
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(name, views);
        return json;
    }

    /** EC2's answer of an operation that has nothing to say. */
    static Map<String, Object> done(String field, String id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("Return", true);
        json.put(field, id);
        return json;
    }
}
