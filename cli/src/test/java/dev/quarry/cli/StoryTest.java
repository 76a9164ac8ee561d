package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The whole life of an image at the command line, and several processes at one catalogue. */
final class StoryTest {

    @TempDir private Path folder;

    private Path fileSystem() throws IOException {
        Path content = folder.resolve("content");
        Files.writeString(
                Files.createDirectories(content.resolve("etc")).resolve("hostname"), "first\n");
        Path disk = folder.resolve("disk.raw");
        ForeignTool.require("mke2fs")
                .run("-q", "-t", "ext4", "-d", content.toString(), disk.toString(), "48M")
                .expectSuccess();
        return disk;
    }

    private static String id(Cli.Run run) {
        return run.ok().lines().getLast();
    }

    private static void same(Path one, Path other) throws IOException {
        assertEquals(-1, Files.mismatch(one, other), one + " and " + other);
    }

    @Test
    void theLifeOfAnImage() throws IOException {
        Path disk = fileSystem();
        Cli north = Cli.withStore(folder.resolve("north"));
        Cli south = Cli.withStore(folder.resolve("south"));
        String first = id(north.run("import", "-f", "raw", disk, "--name", "web-0"));

        Path volume = folder.resolve("vm/sda1.raw");
        north.run("launch", first, "--out", folder.resolve("vm")).ok();
        same(disk, volume);
        Path hello = Files.writeString(folder.resolve("hello"), "written by a guest\n");
        ForeignTool.require("debugfs")
                .run("-w", "-R", "write " + hello + " hello", volume.toString())
                .expectSuccess();
        String second = id(north.run("create-image", folder.resolve("vm"), "--name", "web-1"));
        assertEquals(second, id(north.run("latest", "web-*")));

        north.run("share", second, "--with", "222222222222").ok();
        north.run("--as", "222222222222", "launch", second, "--out", folder.resolve("theirs")).ok();
        same(volume, folder.resolve("theirs/sda1.raw"));
        Cli.Run refused =
                north.run("--as", "222222222222", "export", second, folder.resolve("stolen.raw"));
        assertTrue(refused.expect(1).err().contains("InvalidSnapshot.NotFound"), refused.err());
        assertTrue(Files.notExists(folder.resolve("stolen.raw")));

        north.run("settings", "--region-name", "north").ok();
        south.run("import", "-f", "raw", disk).ok();
        south.run("regions", "add", "north", folder.resolve("north")).ok();
        String[] copy = {
            "copy", second, "--source-region", "north", "--name", "web-1", "--client-token", "t1"
        };
        String copied = id(south.run((Object[]) copy));
        assertEquals(copied, id(south.run((Object[]) copy)));
        south.run("launch", copied, "--out", folder.resolve("south-vm")).ok();
        same(volume, folder.resolve("south-vm/sda1.raw"));
        assertEquals(
                "written by a guest\n",
                ForeignTool.require("debugfs")
                        .run("-R", "cat hello", folder.resolve("south-vm/sda1.raw").toString())
                        .expectSuccess()
                        .stdout());

        north.run("deprecate", first, "--at", "2035-01-01").ok();
        Cli.Run gone =
                north.run("deregister", first, "--delete-associated-snapshots", "--json").ok();
        assertEquals(
                "success", Json.text(gone.list("DeleteSnapshotResults").getFirst(), "ReturnCode"));
        assertEquals(1, north.run("images", "--json").ok().list("Images").size());
        north.run("export", second, folder.resolve("back.raw")).ok();
        same(volume, folder.resolve("back.raw"));
        north.run("verify").ok();
        south.run("verify").ok();
        String log = north.run("events", "--json").ok().out();
        for (String action :
                List.of(
                        "ImportSnapshot",
                        "RegisterImage",
                        "RunInstances",
                        "CreateImage",
                        "ModifyImageAttribute",
                        "EnableImageDeprecation",
                        "DeregisterImage",
                        "DeleteSnapshot",
                        "ExportSnapshot")) {
            assertTrue(log.contains("\"" + action + "\""), action + " in " + log);
        }
    }

    @Test
    void processesThatMeetAtOneImage() throws IOException, InterruptedException {
        Path store = folder.resolve("store");
        Cli cli = Cli.withStore(store);
        Path disk = Files.write(folder.resolve("small.raw"), new byte[1 << 20]);
        Cli.Run imported = cli.run("import", "-f", "raw", disk, "--name", "shared").ok();
        String snapshot = imported.lines().getFirst();
        String image = imported.lines().getLast();
        List<CommandProcess> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(
                    CommandProcess.start("--store", store, "tag", image, "k" + i + "=v", "all=x"));
            processes.add(
                    CommandProcess.start(
                            "--store",
                            store,
                            "register",
                            "--name",
                            "contended",
                            "-b",
                            "/dev/sda1=" + snapshot));
        }
        int won = 0;
        for (int i = 0; i < processes.size(); i++) {
            try (CommandProcess process = processes.get(i)) {
                int exitCode = process.exitCode();
                if (i % 2 == 0) {
                    assertEquals(0, exitCode, process.err());
                } else if (exitCode == 0) {
                    won++;
                } else {
                    assertTrue(process.err().contains("InvalidAMIName.Duplicate"), process.err());
                }
            }
        }
        assertEquals(1, won, "one gets the name");
        Map<String, Object> shown = cli.run("show", "--json", image).ok().list("Images").getFirst();
        TreeSet<String> keys = new TreeSet<>();
        Json.list(shown, "Tags").forEach(tag -> keys.add(Json.text(tag, "Key")));
        assertEquals(new TreeSet<>(List.of("all", "k0", "k1", "k2")), keys, "no tag is lost");
        assertEquals(2, cli.run("images", "--json").ok().list("Images").size());
    }
}
