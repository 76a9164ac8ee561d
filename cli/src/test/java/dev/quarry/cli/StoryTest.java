package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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

    /** Of processes that end an image at once one does, and the others hear that it is gone. */
    @Test
    void oneOfManyEndsAnImage() throws IOException, InterruptedException {
        Path store = folder.resolve("store");
        Cli cli = Cli.withStore(store);
        Path disk = Files.write(folder.resolve("small.raw"), new byte[1 << 20]);
        String image = id(cli.run("import", "-f", "raw", disk, "--name", "ended"));
        List<CommandProcess> processes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            processes.add(CommandProcess.start("--store", store, "deregister", image));
        }
        int won = 0;
        for (CommandProcess each : processes) {
            try (CommandProcess process = each) {
                if (process.exitCode() == 0) {
                    won++;
                } else {
                    assertTrue(process.err().contains("InvalidAMIID.NotFound"), process.err());
                }
            }
        }
        assertEquals(1, won);
        assertEquals(List.of(), cli.run("images", "--json").ok().list("Images"));
        assertEquals(1, cli.run("snapshots", "--json").ok().list("Snapshots").size());
        cli.run("verify").ok();
    }

    /** Killed anywhere, a store opens, is sound, and takes the same command again. */
    @Test
    void processesThatAreKilled() throws IOException, InterruptedException {
        long seed = Long.getLong("quarry.seed", 20_261_124L);
        SplittableRandom random = new SplittableRandom(seed);
        Path store = folder.resolve("store");
        Cli cli = Cli.withStore(store);
        Path disk = Files.write(folder.resolve("small.raw"), new byte[8 << 20]);
        Cli.Run imported = cli.run("import", "-f", "raw", disk, "--name", "base").ok();
        String snapshot = imported.lines().getFirst();
        String base = imported.lines().getLast();
        cli.run("retain", "kept", "--days", "7", "--tag", "keep=yes").ok();
        for (int round = 0; round < 12; round++) {
            String at = "seed " + seed + ", round " + round;
            String name = "r-" + round;
            String image =
                    id(
                            cli.run(
                                    "register",
                                    "--name",
                                    name,
                                    "--tag",
                                    "keep=yes",
                                    "-b",
                                    "/dev/sda1=" + snapshot));
            Path vm = folder.resolve(name);
            Object[] command =
                    switch (round % 4) {
                        case 0 -> new Object[] {"copy", base, "--name", name + "-copy"};
                        case 1 -> {
                            cli.run("launch", image, "--out", vm).ok();
                            String launch =
                                    Json.text(
                                            JsonTree.readObject(
                                                    Files.readString(vm.resolve("launch.json"))),
                                            "InstanceId");
                            yield new Object[] {"terminate", launch};
                        }
                        case 2 -> new Object[] {"deregister", image};
                        default -> {
                            cli.run("deregister", image).ok();
                            yield new Object[] {"restore", image};
                        }
                    };
            List<Object> words = new ArrayList<>(List.of("--store", store));
            words.addAll(List.of(command));
            try (CommandProcess process = CommandProcess.start(words.toArray())) {
                Thread.sleep(random.nextInt(200, 900));
                process.killIfRunning();
                process.exitCode();
            }
            cli.run("images", "--json").ok();
            Cli.Run verified = cli.run("verify");
            assertEquals(0, verified.exitCode(), at + ": " + verified);
            Cli.Run again = cli.run(command);
            assertTrue(
                    again.exitCode() == 0
                            || again.err().contains("NotFound")
                            || again.err().contains("InvalidAMIName.Duplicate"),
                    at + ": " + again);
            cli.run("gc").ok();
            for (Map<String, Object> each : cli.run("images", "--json").ok().list("Images")) {
                String state = Json.text(each, "State");
                assertTrue(List.of("available", "pending").contains(state), at + ": " + each);
                if (state.equals("pending")) {
                    cli.run("deregister", Json.text(each, "ImageId")).ok();
                } else {
                    cli.run("export", Json.text(each, "ImageId"), folder.resolve("x.raw")).ok();
                }
            }
        }
    }

    /** The story of a Debian disk, region and all; told where there is one. */
    @Test
    void theLifeOfADistributionImage() throws IOException {
        Path debian = Path.of(System.getProperty("quarry.debian", ""));
        Assumptions.assumeTrue(
                Files.isRegularFile(debian),
                "there is no Debian disk: -Dquarry.debian=DISK.raw says where one is");
        Path volume = folder.resolve("vm/sda1.raw");
        Cli north = Cli.withStore(folder.resolve("north"));
        Cli south = Cli.withStore(folder.resolve("south"));
        north.run("init").ok();
        south.run("init").ok();
        north.run("settings", "--region-name", "north").ok();
        south.run("regions", "add", "north", folder.resolve("north")).ok();
        String first = id(north.run("import", "-f", "raw", debian, "--name", "debian-0"));
        north.run("launch", first, "--out", folder.resolve("vm")).ok();
        same(debian, volume);
        Path hello = Files.writeString(folder.resolve("hello"), "written by a guest\n");
        String partition = volume + "?offset=" + offsetOfExt4(volume);
        ForeignTool.require("debugfs")
                .run("-w", "-R", "write " + hello + " hello", partition)
                .expectSuccess();
        String second = id(north.run("create-image", folder.resolve("vm"), "--name", "debian-1"));
        String root =
                Json.text(
                        north.run("show", "--json", second).ok().list("Images").getFirst(),
                        "RootDeviceName");
        assertEquals("/dev/sda1", root);
        north.run("share", second, "--with", "222222222222").ok();
        String shared = north.run("show", "--json", second).ok().out();
        int at = shared.indexOf("snap-");
        north.run("share", shared.substring(at, at + 22), "--with", "222222222222").ok();
        String copied =
                id(
                        south.run(
                                "--as",
                                "222222222222",
                                "copy",
                                second,
                                "--source-region",
                                "north",
                                "--name",
                                "debian-1"));
        Path theirs = folder.resolve("theirs");
        south.run("--as", "222222222222", "launch", copied, "--out", theirs).ok();
        same(volume, theirs.resolve("sda1.raw"));
        assertEquals(
                "written by a guest\n",
                ForeignTool.require("debugfs")
                        .run(
                                "-R",
                                "cat hello",
                                theirs.resolve("sda1.raw") + "?offset=" + offsetOfExt4(volume))
                        .expectSuccess()
                        .stdout());
        Files.delete(theirs.resolve("sda1.raw"));
        north.run("deprecate", first, "--at", "2035-01-01").ok();
        north.run("deregister", first, "--delete-associated-snapshots").ok();
        north.run("gc").ok();
        north.run("verify").ok();
        north.run("export", second, folder.resolve("back.raw")).ok();
        same(volume, folder.resolve("back.raw"));
        assertEquals(1, north.run("snapshots", "--json").ok().list("Snapshots").size());
    }

    /** Where the first ext4 file system begins: its superblock's magic, on a MiB or at 0. */
    private static long offsetOfExt4(Path disk) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "r")) {
            for (long offset = 0; offset < 512L << 20; offset += 1 << 20) {
                file.seek(offset + 0x438);
                if (file.read() == 0x53 && file.read() == 0xef) {
                    return offset;
                }
            }
        }
        throw new AssertionError("no ext4 file system in " + disk);
    }
}
