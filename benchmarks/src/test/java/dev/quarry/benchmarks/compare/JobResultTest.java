package dev.quarry.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.Usage;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

final class JobResultTest {

    private static final List<Contender> BOTH = List.of(named("quarry"), named("peer"));

    private static Contender named(String name) {
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of();
            }
        };
    }

    private static Result result(String name, double seconds, long outputBytes) {
        return Result.of(
                name, List.of(), List.of(new Usage(seconds, seconds, 300_000_000)), outputBytes);
    }

    private static List<Boolean> kept(List<Floor> floors, Result... results) {
        return new JobResult(new Job("job", BOTH, floors), List.of(results))
                .verdicts().stream().map(JobResult.Verdict::isKept).toList();
    }

    @Test
    void timeIsHeldAgainstThePeersAndAnAllowance() {
        List<Floor> floors =
                List.of(
                        Floor.wall("quarry", "peer", 2, 0.15),
                        Floor.wall("quarry", "peer", 2, 0.05));
        assertEquals(
                List.of(true, false), kept(floors, result("quarry", 2.1, 0), result("peer", 1, 0)));
    }

    @Test
    void outputIsHeldAgainstThePeers() {
        List<Floor> floors =
                List.of(Floor.output("quarry", "peer", 0.6), Floor.output("quarry", "peer", 0.5));
        assertEquals(
                List.of(true, false),
                kept(floors, result("quarry", 1, 60), result("peer", 1, 100)));
    }

    @Test
    void memoryIsHeldAgainstAnAmount() {
        List<Floor> floors =
                List.of(Floor.memory("quarry", 300_000_000), Floor.memory("quarry", 299_999_999));
        assertEquals(List.of(true, false), kept(floors, result("quarry", 1, 0)));
    }

    @Test
    void aFloorAgainstAMissingPeerIsNotJudged() {
        List<Floor> floors = List.of(Floor.wall("quarry", "peer", 2, 0));
        assertEquals(List.of(), kept(floors, result("quarry", 1, 0)));
    }

    @Test
    void aFloorNeedsASubjectThatTakesPart() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Job("job", BOTH, List.of(Floor.wall("nobody", "peer", 1, 0))));
    }

    @Test
    void aFloorSaysWhatItDemands() {
        assertEquals("<= 2.00 x + 150 ms", Floor.wall("a", "b", 2, 0.15).toString());
        assertEquals("<= 0.55 x", Floor.wall("a", "b", 0.55, 0).toString());
        assertEquals("<= 400 MB", Floor.memory("a", 400_000_000).toString());
    }
}
