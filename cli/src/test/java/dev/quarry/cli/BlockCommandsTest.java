package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.rule.BlockRules;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Tokens are given for blocks that they read. */
final class BlockCommandsTest {

    @TempDir private Path folder;

    BlockCommandsTest() {}

    @Test
    void aBlockBehindTheFirstSnapshotsEndHasNoTokenOfIt() throws IOException {
        Cli cli = Cli.withStore(folder.resolve("store"));
        cli.run("init").ok();
        String first = cli.run("start-snapshot", "--volume-size", "1").ok().lines().getFirst();
        cli.run("complete-snapshot", first, "--changed-blocks-count", "0").ok();
        String second =
                cli.run("start-snapshot", "--volume-size", "2", "--parent-snapshot-id", first)
                        .ok()
                        .lines()
                        .getFirst();
        byte[] block = new byte[BlockRules.BLOCK_BYTES];
        block[0] = 1;
        Path file = Files.write(folder.resolve("block"), block);
        for (int index : List.of(2047, 2048)) {
            cli.run(
                            "put-snapshot-block",
                            second,
                            file,
                            "--block-index",
                            index,
                            "--checksum",
                            BlockRules.checksum(block))
                    .ok();
        }
        cli.run("complete-snapshot", second, "--changed-blocks-count", "2").ok();
        List<Map<String, Object>> changed =
                cli.run("list-changed-blocks", second, "--first-snapshot-id", first, "--json")
                        .ok()
                        .list("ChangedBlocks");
        assertEquals(2, changed.size());
        assertFalse(changed.get(1).containsKey("FirstBlockToken"));
        assertTrue(changed.get(1).containsKey("SecondBlockToken"));
        for (Map<String, Object> each : changed) {
            for (Map.Entry<String, String> of :
                    Map.of(first, "FirstBlockToken", second, "SecondBlockToken").entrySet()) {
                if (each.get(of.getValue()) instanceof String token) {
                    cli.run(
                                    "get-snapshot-block",
                                    of.getKey(),
                                    folder.resolve("read"),
                                    "--block-index",
                                    Json.number(each, "BlockIndex"),
                                    "--block-token",
                                    token)
                            .ok();
                }
            }
        }
        List<String> lines =
                cli.run("list-changed-blocks", second, "--first-snapshot-id", first).ok().lines();
        assertTrue(lines.get(1).startsWith("2048 - blk."), lines.get(1));
    }
}
