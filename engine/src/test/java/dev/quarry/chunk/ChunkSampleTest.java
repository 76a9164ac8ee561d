package dev.quarry.chunk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

final class ChunkSampleTest {

    ChunkSampleTest() {}

    @Test
    void countsExactlyWhatItKeepsAll() {
        RandomGenerator random = Replay.generator(11);
        ChunkSample sample = new ChunkSample();
        Map<Long, Integer> oracle = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            long id = random.nextInt(5) == 0 ? random.nextLong(1_000) : random.nextLong();
            int bytes = 4096 * (1 + (int) (id & 15));
            assertEquals(oracle.put(id, bytes) == null, sample.add(id, bytes), "id " + id);
        }
        assertEquals(oracle.size(), sample.chunks());
        assertEquals(oracle.values().stream().mapToLong(each -> each).sum(), sample.bytes());
    }

    @Test
    void estimatesWhatIsMoreThanItKeeps() {
        RandomGenerator random = Replay.generator(12);
        ChunkSample sample = new ChunkSample();
        long[] ids = random.longs(6L * ChunkSample.CHUNKS_MAX).toArray();
        long bytes = 0;
        for (long id : ids) {
            int length = 4096 * (1 + (int) (id >>> 60));
            bytes += length;
            sample.add(id, length);
        }
        long chunks = sample.chunks();
        assertTrue(Math.abs(chunks - ids.length) < ids.length * 0.005, chunks + " chunks");
        assertTrue(Math.abs(sample.bytes() - bytes) < bytes * 0.006, sample.bytes() + " bytes");
        for (long id : ids) {
            assertFalse(sample.add(id, 4096), "is no new one");
        }
        assertEquals(chunks, sample.chunks());
    }
}
