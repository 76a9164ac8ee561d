package dev.quarry.catalog.model;

import java.util.Arrays;
import java.util.stream.Collectors;

/** A value of a closed set that documents and commands spell as EC2 does. */
public interface Spelled {

    String spelling();

    /**
     * The value of that spelling; case counts.
     *
     * @param field names the field in the message
     * @throws CatalogException of code InvalidParameterValue if there is none
     */
    static <E extends Enum<E> & Spelled> E parse(Class<E> type, String text, String field)
            throws CatalogException {
        E[] values = type.getEnumConstants();
        for (E value : values) {
            if (value.spelling().equals(text)) {
                return value;
            }
        }
        throw new CatalogException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                field
                        + " '"
                        + text
                        + "' is none of "
                        + Arrays.stream(values)
                                .map(Spelled::spelling)
                                .collect(Collectors.joining(", ")));
    }
}
