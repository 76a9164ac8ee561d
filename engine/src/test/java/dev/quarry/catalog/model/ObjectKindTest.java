package dev.quarry.catalog.model;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

class ObjectKindTest {

    @Test
    void idsHaveEc2Shape() {
        Random random = new Random(1);
        for (ObjectKind kind : ObjectKind.values()) {
            String id = kind.newId(random);
            assertTrue(id.matches("(ami|snap|vol|i)-[0-9a-f]{17}"), id);
            assertEquals(Optional.of(kind), ObjectKind.of(id));
            assertFalse(id.equals(kind.newId(random)));
        }
    }

    @Test
    void otherShapesAreMalformed() {
        for (String id :
                List.of(
                        "",
                        "ami-",
                        "ami-1",
                        "ami-0123456789ABCDEF0",
                        "ami-0123456789abcdef01",
                        "ami-../../../etc/pass",
                        "ami-0123456789abcde/0",
                        "xami-0123456789abcdef0")) {
            refuses(
                    ErrorCode.INVALID_AMI_ID_MALFORMED,
                    "is no image id",
                    () -> ObjectKind.IMAGE.check(id));
            assertEquals(Optional.empty(), ObjectKind.of(id));
        }
    }

    @Test
    void accountsAreNoWordsWithAnotherMeaning() throws CatalogException {
        assertEquals(new Actor("123456789012", Set.of()), Actor.of("123456789012"));
        for (String account :
                List.of("", "all", "self", "amazon", "a b", "a/b", "-a", "a".repeat(65))) {
            refuses(ErrorCode.INVALID_PARAMETER_VALUE, "is no account", () -> Actor.of(account));
        }
    }
}
