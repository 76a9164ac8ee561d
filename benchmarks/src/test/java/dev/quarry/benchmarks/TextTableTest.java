package dev.quarry.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class TextTableTest {

    @Test
    void columnsAreAsWideAsTheirWidestCellAndNumbersStandRight() {
        TextTable table = new TextTable("name", "seconds", "note");
        table.add("a", "1.5", "");
        table.add("longer", "10.25", "x");
        assertEquals(
                """
                name    seconds  note
                a           1.5
                longer    10.25  x
                """,
                table.toString());
    }

    @Test
    void aLineMustHaveACellForEachHead() {
        TextTable table = new TextTable("one", "two");
        assertThrows(IllegalArgumentException.class, () -> table.add("only one"));
    }
}
