package dev.quarry.benchmarks.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The comparison at a size that takes no time: each index answers rightly, or it fails. */
final class IndexScaleTest {

    @TempDir private Path folder;

    IndexScaleTest() {}

    @Test
    void allIndexesAnswerRightly() throws IOException {
        String table = new IndexScale(folder, 20_000, Duration.ofMillis(50)).run();
        assertEquals(LmdbIndex.isPossible() ? 4 : 3, table.lines().count(), table);
        for (String name : new String[] {"quarry", "rocksdb"}) {
            assertTrue(table.contains("\n" + name), table);
        }
    }

    @Test
    void keysAscendAndAreVisitedOnce() {
        Keys keys = new Keys(1000);
        byte[] id = new byte[32];
        byte[] before = new byte[32];
        Set<Long> ranks = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            ranks.add(keys.rank(i));
            keys.write(i, id);
            assertTrue(Arrays.compareUnsigned(before, id) < 0);
            System.arraycopy(id, 0, before, 0, id.length);
            keys.write(i, id);
            assertArrayEquals(before, id);
        }
        assertEquals(1000, ranks.size());
    }
}
