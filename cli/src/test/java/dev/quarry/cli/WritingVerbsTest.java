package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The verbs that change images: afterwards qemu-img finds nothing wrong, and the same disk. */
final class WritingVerbsTest {

    private static final long SEED = 20_261_124;
    private static final int ROUNDS = 8;
    private static final List<String> VARIANTS =
            List.of(
                    "compat=1.1",
                    "compat=0.10",
                    "cluster_size=4k",
                    "cluster_size=512",
                    "cluster_size=2M",
                    "extended_l2=on",
                    "refcount_bits=1",
                    "refcount_bits=64");

    private final Cli cli = Cli.bare();

    @TempDir private Path folder;

    private QemuImages images = new QemuImages(Path.of("."));

    @BeforeEach
    void makeImages() {
        images = new QemuImages(folder);
        images.qcow2("base.qcow2", "8M");
        images.io("base.qcow2", "write -P 1 64k 128k", "write -P 9 6M 1M");
        images.overlay("top.qcow2", "base.qcow2");
        images.io("top.qcow2", "write -P 3 0 64k", "write -z 6M 128k", "write -c -P 5 2M 64k");
        images.run("convert", "-O", "raw", "top.qcow2", "disk.raw").expectSuccess();
    }

    private Cli.Run quarry(String verb, Object... args) {
        List<Object> words = new ArrayList<>(List.of(verb));
        words.addAll(List.of(args));
        return cli.run(words.toArray());
    }

    private void assertSame(String image, String other) {
        images.run("check", image).expectSuccess();
        images.run("compare", image, other).expectSuccess();
    }

    private Path copy(String from, String to) throws IOException {
        return Files.copy(images.path(from), images.path(to), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void createsAnEmptyDiskAndAnOverlay() throws IOException {
        Path empty = images.path("new.qcow2");
        Cli.Run run = quarry("create", "-f", "qcow2", "-o", "cluster_size=4k", empty, "5M").ok();
        assertTrue(run.out().startsWith("Formatting '" + empty + "', fmt=qcow2 size=5242880"));
        images.run("check", empty).expectSuccess();
        Path overlay = images.path("over.qcow2");
        quarry("create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", overlay).ok();
        assertSame("over.qcow2", "base.qcow2");
        Path raw = images.path("new.raw");
        quarry("create", raw, "1000k").ok();
        assertEquals(1000 << 10, Files.size(raw));
        // The format of a backing file is never guessed, and a size must come from somewhere.
        quarry("create", "-f", "qcow2", "-b", "base.qcow2", overlay).expect(1);
        quarry("create", "-f", "qcow2", "-u", "-b", "nothing", "-F", "raw", overlay).expect(1);
        quarry("create", "-f", "qcow2", "-u", "-b", "nothing", "-F", "raw", overlay, "1M").ok();
        quarry("create", "-f", "qcow2", "-b", "nothing", "-F", "raw", overlay, "1M").expect(1);
        quarry("create", "-f", "qcow2", overlay).expect(1);
    }

    @Test
    void growsAndShrinksAsQemuImgDoes() throws IOException {
        for (String variant : VARIANTS) {
            images.qcow2("disk.qcow2", "3M", variant);
            images.io("disk.qcow2", "write -P 7 0 3M");
            images.run("convert", "-O", "raw", "disk.qcow2", "twin.raw").expectSuccess();
            for (String size : List.of("+700k", "5M", "-1500k", "9M", "512", "+1M", "600G")) {
                boolean smaller = size.startsWith("-") || size.equals("512");
                if (smaller) {
                    Cli.Run refused = quarry("resize", images.path("disk.qcow2"), size).expect(1);
                    assertTrue(refused.err().contains("--shrink"), refused.err());
                }
                if (size.equals("600G") && variant.equals("cluster_size=512")) {
                    quarry("resize", images.path("disk.qcow2"), size).expect(1);
                    continue;
                }
                quarry("resize", "--shrink", images.path("disk.qcow2"), size).ok();
                images.run("resize", "-f", "raw", "--shrink", "twin.raw", size).expectSuccess();
                assertSame("disk.qcow2", "twin.raw");
            }
        }
    }

    @Test
    void aRawDiskGetsEverySizeAndAQcow2DiskWholeSectors() throws IOException {
        Path raw = copy("disk.raw", "twin.raw");
        Path qcow2 = images.path("base.qcow2");
        for (String size : List.of("1000", "1500")) {
            quarry("resize", "--shrink", "-f", "raw", raw, size).ok();
            assertEquals(Long.parseLong(size), Files.size(raw));
            images.run("resize", "-f", "raw", "--shrink", "disk.raw", size).expectSuccess();
            assertEquals(-1, Files.mismatch(raw, images.path("disk.raw")));
            assertEquals(1, images.run("resize", "--shrink", "base.qcow2", size).exitCode());
            Cli.Run refused = quarry("resize", "--shrink", qcow2, size).expect(1);
            assertTrue(refused.err().contains("sectors"), refused.err());
        }
        quarry("resize", "-f", "raw", raw, "+700").ok();
        assertEquals(2200, Files.size(raw));
    }

    @Test
    void whatIsNewIsZerosThoughTheBackingFileHasMore() throws IOException {
        images.create(
                "small.qcow2",
                "-f",
                "qcow2",
                "-b",
                "base.qcow2",
                "-F",
                "qcow2",
                "small.qcow2",
                "6200k");
        Path small = images.path("small.qcow2");
        images.run("convert", "-O", "raw", "small.qcow2", "small.raw").expectSuccess();
        Cli.Run refused = quarry("resize", small, "9M").expect(1);
        assertTrue(refused.err().contains("not allowed"), refused.err());
        quarry("resize", "--allow-references", folder, small, "9M").ok();
        images.run("resize", "-f", "raw", "small.raw", "9M").expectSuccess();
        assertSame("small.qcow2", "small.raw");
    }

    @Test
    void preallocatesWhatIsNew() throws IOException {
        for (String how : List.of("metadata", "falloc", "full")) {
            Path disk = images.qcow2(how + ".qcow2", "1M");
            images.io(how + ".qcow2", "write -P 3 0 1M");
            quarry("resize", "--preallocation=" + how, disk, "+8M").ok();
            images.run("check", disk).expectSuccess();
            Map<String, Object> check = cli.run("check", "--json", disk).ok().json();
            assertEquals(9 * 16, Json.number(check, "allocated-clusters"));
            long actual = Json.number(cli.run("info", "--json", disk).ok().json(), "actual-size");
            assertEquals(!how.equals("metadata"), actual > 8 << 20, how + " " + actual);
        }
        Path raw = images.create("disk.raw", "-f", "raw", "disk.raw", "1M");
        quarry("resize", "-f", "raw", "--preallocation=full", raw, "3M").ok();
        assertEquals(3 << 20, Files.size(raw));
        quarry("resize", "-f", "raw", "--preallocation=metadata", raw, "4M").expect(1);
        quarry("resize", "-f", "raw", raw, "3M", "4M").expect(1);
        quarry("resize", "--nothing", raw, "4M").expect(1);
    }

    @Test
    void rebasesOntoAnotherBackingFileOrNone() throws IOException {
        images.qcow2("other.qcow2", "7M");
        images.io("other.qcow2", "write -P 77 0 512k", "write -P 9 6M 512k");
        copy("top.qcow2", "rebased.qcow2");
        Path rebased = images.path("rebased.qcow2");
        quarry("rebase", "-b", "other.qcow2", "-F", "qcow2", rebased).expect(1);
        quarry("rebase", "--allow-references", folder, "-b", "other.qcow2", rebased).expect(1);
        quarry("rebase", "--allow-references", folder, rebased).expect(1);
        quarry(
                        "rebase",
                        "--allow-references",
                        folder,
                        "-b",
                        "rebased.qcow2",
                        "-F",
                        "qcow2",
                        rebased)
                .expect(1);
        quarry("rebase", "--allow-references", folder, "-b", "other.qcow2", "-F", "qcow2", rebased)
                .ok();
        assertSame("rebased.qcow2", "disk.raw");
        Map<String, Object> info = cli.run("info", "--json", rebased).ok().json();
        assertEquals("other.qcow2", info.get("backing-filename"));
        quarry("rebase", "--allow-references", folder, "-b", "", rebased).ok();
        assertSame("rebased.qcow2", "disk.raw");
        assertTrue(!cli.run("info", "--json", rebased).ok().json().containsKey("backing-filename"));
    }

    @Test
    void anUnsafeRebaseOnlyNames() throws IOException {
        copy("base.qcow2", "moved.qcow2");
        Path top = images.path("top.qcow2");
        quarry("rebase", "-u", "-b", "moved.qcow2", "-F", "qcow2", top).ok();
        Files.delete(images.path("base.qcow2"));
        assertSame("top.qcow2", "disk.raw");
    }

    @Test
    void commitsIntoItsBackingFile() throws IOException {
        Path top = images.path("top.qcow2");
        quarry("commit", top).expect(1);
        copy("base.qcow2", "kept-base.qcow2");
        quarry("commit", "--allow-references", folder, "-d", top).ok();
        assertSame("base.qcow2", "disk.raw");
        assertSame("top.qcow2", "disk.raw");
        long before = Files.size(top);
        assertEquals(
                "Image committed.\n",
                quarry("commit", "--allow-references", folder, top).ok().out());
        assertSame("base.qcow2", "disk.raw");
        assertSame("top.qcow2", "disk.raw");
        assertTrue(Files.size(top) < before, before + " and now " + Files.size(top));
    }

    @Test
    void commitsIntoADeeperLayer() throws IOException {
        images.overlay("highest.qcow2", "top.qcow2");
        images.io("highest.qcow2", "write -P 44 1M 128k");
        images.run("convert", "-O", "raw", "highest.qcow2", "disk.raw").expectSuccess();
        Path highest = images.path("highest.qcow2");
        quarry("commit", "--allow-references", folder, "-b", highest, highest).expect(1);
        quarry("commit", "--allow-references", folder, "-b", images.path("base.qcow2"), highest)
                .ok();
        assertSame("base.qcow2", "disk.raw");
    }

    @Test
    void whatIsNotKnownIsNotTouched() throws IOException {
        images.qcow2("bitmap.qcow2", "8M");
        images.run("bitmap", "--add", "bitmap.qcow2", "b0").expectSuccess();
        images.qcow2("data.qcow2", "8M", "data_file=data.bin");
        images.qcow2("corrupt.qcow2", "8M");
        images.io("corrupt.qcow2", "write -P 3 0 1M");
        byte[] bytes = Files.readAllBytes(images.path("corrupt.qcow2"));
        bytes[0x20000] = 0; // the first refcount block
        bytes[0x20001] = 0;
        Files.write(images.path("corrupt.qcow2"), bytes);
        for (String name : List.of("bitmap.qcow2", "data.qcow2", "corrupt.qcow2")) {
            byte[] before = Files.readAllBytes(images.path(name));
            quarry("resize", "--allow-references", folder, images.path(name), "9M").expect(1);
            assertArrayEquals(before, Files.readAllBytes(images.path(name)), name);
        }
    }

    @Test
    void anImageInUseIsNeitherChangedNorReplaced() throws IOException {
        Path disk = images.path("base.qcow2");
        ForeignTool.require("qemu-io");
        Process holder =
                new ProcessBuilder("qemu-io", "-f", "qcow2", disk.toString())
                        .redirectOutput(ProcessBuilder.Redirect.PIPE)
                        .start();
        try {
            holder.outputWriter().write("write 0 64k\n");
            holder.outputWriter().flush();
            String line = holder.inputReader().readLine();
            assertTrue(line.contains("wrote"), line);
            byte[] before = Files.readAllBytes(disk);
            for (Cli.Run refused :
                    List.of(
                            quarry("resize", disk, "9M"),
                            quarry("create", "-f", "qcow2", disk, "9M"),
                            quarry("convert", "-O", "qcow2", images.path("disk.raw"), disk))) {
                assertTrue(refused.expect(1).err().contains("in use"), refused.err());
            }
            assertArrayEquals(before, Files.readAllBytes(disk));
        } finally {
            holder.destroyForcibly();
        }
    }

    @Test
    void snapshotsAreMadeAppliedAndDeletedAsQemuImgDoes() throws IOException {
        for (String variant : VARIANTS) {
            Path disk = images.qcow2("s.qcow2", "5M", variant);
            images.io("s.qcow2", "write -P 1 0 2M", "write -c -P 2 2M 2M");
            images.run("convert", "-O", "raw", "s.qcow2", "one.raw").expectSuccess();
            if (variant.equals("refcount_bits=1")) {
                Cli.Run refused = quarry("snapshot", "-c", "one", disk).expect(1);
                assertTrue(refused.err().contains("refcounts"), refused.err());
                assertSame("s.qcow2", "one.raw");
                assertEquals(false, cli.run("info", "--json", disk).json().get("dirty-flag"));
                continue;
            }
            quarry("snapshot", "-c", "one", disk).ok();
            images.run("check", disk).expectSuccess();
            images.io("s.qcow2", "write -P 3 1M 100k", "discard 0 512k");
            images.run("snapshot", "-c", "two", "s.qcow2").expectSuccess();
            images.run("convert", "-O", "raw", "s.qcow2", "two.raw").expectSuccess();
            images.io("s.qcow2", "write -P 4 0 5M");
            assertEquals(2, quarry("snapshot", "-l", "--json", disk).ok().list("snapshots").size());
            quarry("snapshot", "-a", "one", disk).ok();
            assertSame("s.qcow2", "one.raw");
            images.run("snapshot", "-a", "two", "s.qcow2").expectSuccess();
            assertSame("s.qcow2", "two.raw");
            // An id may be the name of another one.
            quarry("snapshot", "-d", "1", disk).expect(1);
            quarry("snapshot", "-d", "one", disk).ok();
            images.run("check", disk).expectSuccess();
            quarry("snapshot", "-a", "two", disk).ok();
            quarry("snapshot", "-d", "two", disk).ok();
            assertSame("s.qcow2", "two.raw");
            quarry("snapshot", "-d", "two", disk).expect(1);
            quarry("snapshot", "-a", "two", "-d", "two", disk).expect(1);
            assertSame("s.qcow2", "two.raw");
        }
    }

    /** A process that is killed leaves leaked clusters at most, and the disk as it was. */
    @Test
    void whoeverIsKilledLeavesAConsistentImage() throws Exception {
        images.qcow2("big.qcow2", "96M", "cluster_size=4k");
        images.io("big.qcow2", "write -P 5 0 40M");
        images.run("snapshot", "-c", "s", "big.qcow2").expectSuccess();
        images.overlay("over.qcow2", "big.qcow2");
        images.io("over.qcow2", "write -P 6 10M 64M", "write -z 80M 4M");
        images.run("convert", "-O", "raw", "over.qcow2", "disk.raw").expectSuccess();
        copy("big.qcow2", "big.save");
        copy("over.qcow2", "over.save");
        SplittableRandom random = new SplittableRandom(SEED);
        int unfinished = 0;
        for (int round = 0; round < ROUNDS; round++) {
            copy("big.save", "big.qcow2");
            copy("over.save", "over.qcow2");
            boolean rebases = round % 2 == 0;
            try (CommandProcess process =
                    rebases
                            ? CommandProcess.start(
                                    "rebase",
                                    "--progress=json",
                                    "--allow-references",
                                    folder,
                                    "-b",
                                    "",
                                    images.path("over.qcow2"))
                            : CommandProcess.start(
                                    "commit",
                                    "--progress=json",
                                    "--allow-references",
                                    folder,
                                    images.path("over.qcow2"))) {
                process.awaitLine("Progress");
                Thread.sleep(random.nextInt(100));
                process.killIfRunning();
                unfinished += process.exitCode() == 0 ? 0 : 1;
            }
            for (String name : List.of("big.qcow2", "over.qcow2")) {
                int code = images.run("check", name).exitCode();
                assertTrue(code == 0 || code == 3, name + " " + images.run("check", name));
            }
            images.run("compare", "over.qcow2", "disk.raw").expectSuccess();
        }
        assertTrue(unfinished > 0, "no process was killed before its end");
    }

    /** Overlays of every variant on bases of every variant, with snapshots and odd sizes. */
    @Test
    void randomChainsKeepTheirContent() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            String base = VARIANTS.get(random.nextInt(VARIANTS.size()));
            String top = VARIANTS.get(random.nextInt(VARIANTS.size()));
            images.qcow2("b.qcow2", random.nextInt(1000, 9000) + "k", base);
            scribble("b.qcow2", random);
            if (!base.equals("refcount_bits=1") && !base.equals("compat=0.10")) {
                images.run("snapshot", "-c", "s", "b.qcow2").expectSuccess();
                scribble("b.qcow2", random);
            }
            images.create(
                    "t.qcow2",
                    "-f",
                    "qcow2",
                    "-o",
                    top,
                    "-b",
                    "b.qcow2",
                    "-F",
                    "qcow2",
                    "t.qcow2",
                    random.nextInt(1000, 9000) + "k");
            scribble("t.qcow2", random);
            images.qcow2("n.qcow2", random.nextInt(1000, 9000) + "k", top);
            scribble("n.qcow2", random);
            images.run("convert", "-O", "raw", "t.qcow2", "disk.raw").expectSuccess();
            copy("t.qcow2", "r.qcow2");
            quarry(
                            "rebase",
                            "--allow-references",
                            folder,
                            "-b",
                            "n.qcow2",
                            "-F",
                            "qcow2",
                            images.path("r.qcow2"))
                    .ok();
            assertSame("r.qcow2", "disk.raw");
            quarry("commit", "--allow-references", folder, images.path("t.qcow2")).ok();
            images.run("check", "b.qcow2").expectSuccess();
            assertSame("t.qcow2", "disk.raw");
        }
    }

    private void scribble(String name, SplittableRandom random) throws IOException {
        long size =
                Json.number(
                                cli.run("info", "--json", images.path(name)).ok().json(),
                                "virtual-size")
                        >> 10;
        String[] commands = new String[10];
        for (int i = 0; i < commands.length; i++) {
            long length = random.nextLong(1, 200);
            long offset = random.nextLong(size - length);
            String range = offset + "k " + length + "k";
            commands[i] =
                    switch (random.nextInt(4)) {
                        case 0 -> "write -z " + range;
                        case 1 -> "discard " + range;
                        default -> "write -P " + random.nextInt(1, 256) + " " + range;
                    };
        }
        images.io(name, commands);
    }

    @Test
    void theDigestIsThatOfTheContentWhateverTheFormat() throws IOException {
        Path raw = images.path("disk.raw");
        String first = digest(raw, "raw", "copy.raw");
        assertEquals(64, first.strip().length());
        for (String options : List.of("cluster_size=512", "cluster_size=2M", "extended_l2=on")) {
            assertEquals(first, digest(raw, "qcow2", "copy.qcow2", "-o", options));
            assertEquals(first, digest(images.path("copy.qcow2"), "vmdk", "copy.vmdk"));
        }
        assertEquals(
                first,
                digest(
                        images.path("top.qcow2"),
                        "qcow2",
                        "copy.qcow2",
                        "-c",
                        "--allow-references",
                        folder));
        images.ioAs("raw", "disk.raw", "write -P 8 0 512");
        assertTrue(!first.equals(digest(raw, "raw", "copy.raw")));
        Cli store = Cli.withStore(folder.resolve("store"));
        String id = store.run("import", "-f", "raw", raw, "--json").ok().out();
        assertTrue(id.contains(digest(raw, "qcow2", "copy.qcow2").strip()), id);
    }

    private String digest(Path source, String format, String target, Object... more) {
        List<Object> words = new ArrayList<>(List.of("convert", "--digest", "-O", format));
        words.addAll(List.of(more));
        words.add(source);
        words.add(images.path(target));
        return cli.run(words.toArray()).ok().out();
    }

    /** Its clusters are counted by the million. */
    @Test
    void aLargeDiskIsChangedWithLittleMemory() {
        Path disk = images.qcow2("large.qcow2", "256G", "preallocation=metadata");
        withLittleMemory("snapshot", "-c", "s", disk);
        withLittleMemory("snapshot", "-d", "s", disk);
        withLittleMemory("resize", "--shrink", disk, "1G");
        images.run("check", disk).expectSuccess();
    }

    private static void withLittleMemory(Object... args) {
        List<Object> words = new ArrayList<>(CommandProcess.words(args));
        words.add(1, "-Xmx64m");
        words.addAll(0, List.of("-c", "exec \"$@\"", "sh"));
        ForeignTool.require("sh")
                .withTimeout(Duration.ofMinutes(2))
                .run(words.toArray())
                .expectSuccess();
    }
}
