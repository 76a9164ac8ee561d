package dev.quarry.catalog.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A product that whoever launches must be subscribed to.
 *
 * @param productCodeId the product
 * @param type where it is sold
 */
public record ProductCode(String productCodeId, Type type) {

    /** Where a product is sold. */
    public enum Type implements Spelled {
        DEVPAY("devpay"),
        MARKETPLACE("marketplace");

        private final String spelling;

        Type(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String spelling() {
            return spelling;
        }
    }

    public static List<Map<String, Object>> toJson(List<ProductCode> codes) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (ProductCode code : codes) {
            list.add(
                    new JsonObject()
                            .put("ProductCodeId", code.productCodeId)
                            .put("ProductCodeType", code.type)
                            .map());
        }
        return list;
    }

    public static List<ProductCode> fromJson(List<JsonFields> list) throws CatalogException {
        List<ProductCode> codes = new ArrayList<>();
        for (JsonFields code : list) {
            codes.add(
                    new ProductCode(
                            code.string("ProductCodeId"),
                            code.oneOf("ProductCodeType", Type.class)));
        }
        return List.copyOf(codes);
    }
}
