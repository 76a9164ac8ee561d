package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;

import org.junit.jupiter.api.function.Executable;

/** Asserts that a rule refuses, with its code and its reason. */
public final class Refusals {

    private Refusals() {}

    /** The action must throw that code, with a message that contains {@code fragment}. */
    public static void refuses(ErrorCode code, String fragment, Executable action) {
        CatalogException refusal = assertThrows(CatalogException.class, action);
        assertEquals(code, refusal.code(), refusal.getMessage());
        assertTrue(String.valueOf(refusal.getMessage()).contains(fragment), refusal.getMessage());
    }
}
