package dev.quarry.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

final class PrerequisiteTest {

    private String before = "";

    @BeforeEach
    void remember() {
        before = System.getProperty(Prerequisite.REQUIRED_PROPERTY, "");
    }

    @AfterEach
    void restore() {
        System.setProperty(Prerequisite.REQUIRED_PROPERTY, before);
    }

    @Test
    void isASkipOnADevelopersMachine() {
        System.setProperty(Prerequisite.REQUIRED_PROPERTY, "false");
        assertEquals(
                "x is missing",
                assertInstanceOf(TestAbortedException.class, Prerequisite.missing("x is missing"))
                        .getMessage());
    }

    @Test
    void isAFailureInCi() {
        System.setProperty(Prerequisite.REQUIRED_PROPERTY, "true");
        assertInstanceOf(IllegalStateException.class, Prerequisite.missing("x is missing"));
    }
}
