package dev.quarry.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class MainTest {

    @Test
    void helpIsNoError() {
        assertEquals(0, Main.execute("bench", "main-job", "--help"));
        assertEquals(0, Main.execute("demo", "--help"));
    }

    @Test
    void whatIsNotUnderstoodIsAUsageError() {
        assertEquals(2, Main.execute("bench"));
        assertEquals(2, Main.execute("bench", "main-job"));
        assertEquals(2, Main.execute("bench", "main-job", "--images", "a.raw", "--runs", "0"));
        assertEquals(2, Main.execute("bench", "main-job", "--images", "a.raw", "--jobs", "nap"));
        assertEquals(2, Main.execute("bench", "micro", "--", "--no-such-option"));
    }

    @Test
    void aFileThatIsNotThereIsAFailure() {
        assertEquals(1, Main.execute("demo", "/nowhere/disk.raw"));
        assertEquals(1, Main.execute("bench", "main-job", "--images", "/nowhere/disk.raw"));
    }
}
