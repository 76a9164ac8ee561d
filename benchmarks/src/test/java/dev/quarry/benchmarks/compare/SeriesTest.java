package dev.quarry.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class SeriesTest {

    @Test
    void theMedianOfAnOddNumberIsTheMiddleOne() {
        assertEquals(2, new Series(9, 1, 2).median());
    }

    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
        assertEquals(2.5, new Series(4, 1, 2, 3).median());
    }

    @Test
    void theOrderOfMeasuringIsKept() {
        Series series = new Series(3, 1, 2);
        assertArrayEquals(new double[] {3, 1, 2}, series.all());
        assertEquals(1, series.min());
        assertEquals(3, series.max());
    }

    @Test
    void nothingHasNoMedian() {
        assertThrows(IllegalArgumentException.class, () -> new Series());
    }
}
