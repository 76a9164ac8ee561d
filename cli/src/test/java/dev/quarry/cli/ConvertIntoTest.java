package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code convert -n} and {@code convert -B}; qemu-img says whether they did what its own do. */
final class ConvertIntoTest {

    private final Cli cli = Cli.bare();

    @TempDir private Path folder;

    private QemuImages qemu = new QemuImages(Path.of(""));

    @BeforeEach
    void findTools() {
        qemu = new QemuImages(folder);
    }

    /** Data, zeros that are written, a hole, and an end within a cluster. */
    private Path source() throws IOException {
        Path source = qemu.create("source.raw", "-f", "raw", "source.raw", "3584k");
        qemu.ioAs(
                "raw",
                "source.raw",
                "write -P 1 0 192k",
                "write -P 0 192k 128k",
                "write -P 2 1M 4k",
                "write -P 3 3580k 4k");
        return source;
    }

    private void same(String... images) {
        qemu.run(
                        "compare",
                        "-f",
                        images[0],
                        "-F",
                        images[1],
                        folder.resolve(images[2]),
                        folder.resolve(images[3]))
                .expectSuccess();
    }

    /** Into images that are full of something else, by both programs; they must agree. */
    @Test
    void whatIsThereIsOverwrittenAsQemuImgDoes() throws IOException {
        Path source = source();
        List<String[]> targets =
                List.of(
                        new String[] {"raw", ""},
                        new String[] {"qcow2", "cluster_size=64k"},
                        new String[] {"qcow2", "cluster_size=512"},
                        new String[] {"qcow2", "cluster_size=2M"},
                        new String[] {"qcow2", "compat=0.10"},
                        new String[] {"qcow2", "extended_l2=on"});
        for (String[] target : targets) {
            for (String size : List.of("3584k", "5M")) {
                for (String name : List.of("ours", "theirs")) {
                    if (target[1].isEmpty()) {
                        qemu.create(name, "-f", target[0], name, size);
                    } else {
                        qemu.create(name, "-f", target[0], "-o", target[1], name, size);
                    }
                    qemu.ioAs(target[0], name, "write -P 9 0 " + size);
                }
                Path ours = folder.resolve("ours");
                cli.run("convert", "-n", "-f", "raw", "-O", target[0], source, ours).ok();
                qemu.run("convert", "-n", "-f", "raw", "-O", target[0], source, "theirs")
                        .expectSuccess();
                same(target[0], target[0], "ours", "theirs");
                if (target[0].equals("qcow2")) {
                    qemu.run("check", "-q", ours).expectSuccess();
                }
            }
        }
    }

    /** Many pieces of zeros of two kinds, and data behind all of them. */
    @Test
    void whatComesBehindZerosOfAllKindsIsWritten() throws IOException {
        Path source = qemu.create("source.qcow2", "-f", "qcow2", "source.qcow2", "64M");
        for (int page = 0; page < 4; page++) {
            for (int i = 0; i < 5; i++) {
                qemu.ioAs(
                        "qcow2", "source.qcow2", "write -z " + (page * 16384 + i * 256) + "k 64k");
            }
        }
        qemu.ioAs("qcow2", "source.qcow2", "write -P 1 20M 64k", "write -P 2 63M 1M");
        for (String format : List.of("raw", "qcow2")) {
            Path target = qemu.create("target", "-f", format, "target", "64M");
            qemu.ioAs(format, "target", "write -P 9 0 64M");
            cli.run("convert", "-n", "-f", "qcow2", "-O", format, source, target).ok();
            same("qcow2", format, "source.qcow2", "target");
        }
    }

    @Test
    void anOverlayThatIsThereKeepsItsBackingFile() throws IOException {
        Path source = source();
        qemu.qcow2("base.qcow2", "4M");
        qemu.io("base.qcow2", "write -P 7 0 4M");
        for (String name : List.of("ours.qcow2", "theirs.qcow2")) {
            qemu.overlay(name, "base.qcow2");
        }
        Path ours = folder.resolve("ours.qcow2");
        String refused =
                cli.run("convert", "-n", "-f", "raw", "-O", "qcow2", source, ours).expect(1).err();
        assertTrue(refused.contains("base.qcow2"), refused);
        cli.run("convert", "-n", "-O", "qcow2", "--allow-references", folder, source, ours).ok();
        qemu.run("convert", "-n", "-f", "raw", "-O", "qcow2", source, "theirs.qcow2")
                .expectSuccess();
        same("qcow2", "qcow2", "ours.qcow2", "theirs.qcow2");
        qemu.run("check", "-q", ours).expectSuccess();
        assertEquals(
                "base.qcow2", cli.run("info", "--json", ours).ok().json().get("backing-filename"));
    }

    /** Whoever can write to the target must not choose how it is written to. */
    @Test
    void whatTheTargetLooksLikeIsNotBelieved() throws IOException {
        Path source = source();
        Path target = qemu.qcow2("target.qcow2", "4M");
        byte[] before = Files.readAllBytes(target);
        String err = cli.run("convert", "-n", "-f", "raw", source, target).expect(1).err();
        assertTrue(err.contains("looks like qcow2") && err.contains("-O raw"), err);
        assertArrayEquals(before, Files.readAllBytes(target));
        cli.run("convert", "-n", "-f", "raw", "-O", "qcow2", source, target).ok();
        assertEquals("qcow2", cli.run("info", "--json", target).ok().json().get("format"));
        Path disk = qemu.create("disk.raw", "-f", "raw", "disk.raw", "4M");
        cli.run("convert", "-n", "-f", "raw", source, disk).ok();
        same("raw", "raw", source.toString(), disk.toString());
    }

    /** What is read is neither written nor replaced, by whatever name. */
    @Test
    void whatIsReadIsNotWritten() throws IOException {
        Path base = qemu.qcow2("base.qcow2", "4M");
        qemu.io("base.qcow2", "write -P 7 0 4M");
        qemu.overlay("middle.qcow2", "base.qcow2");
        qemu.overlay("top.qcow2", "middle.qcow2");
        qemu.create(
                "outside.qcow2", "-f", "qcow2", "-o", "data_file=data.raw", "outside.qcow2", "4M");
        qemu.create(
                "split.vmdk",
                "-f",
                "vmdk",
                "-o",
                "subformat=twoGbMaxExtentFlat",
                "split.vmdk",
                "4M");
        Files.createSymbolicLink(folder.resolve("soft"), Path.of("base.qcow2"));
        Files.createLink(folder.resolve("hard"), base);
        String[][] cases = {
            {"top.qcow2", "top.qcow2"},
            {"top.qcow2", "middle.qcow2"},
            {"top.qcow2", "base.qcow2"},
            {"top.qcow2", "soft"},
            {"top.qcow2", "hard"},
            {"outside.qcow2", "data.raw"},
            {"split.vmdk", "split-f001.vmdk"},
            {"split.vmdk", "split.vmdk"},
        };
        for (String[] each : cases) {
            Path target = folder.resolve(each[1]);
            byte[] before = Files.readAllBytes(target);
            for (List<String> how : List.of(List.of("-O", "raw"), List.of("-n", "-O", "raw"))) {
                List<Object> words = new ArrayList<>(List.of("convert"));
                words.addAll(how);
                words.addAll(
                        List.of("--allow-references", folder, folder.resolve(each[0]), target));
                String err = cli.run(words.toArray()).expect(1).err();
                assertTrue(err.contains("cannot be written, because it is read"), err);
                assertArrayEquals(before, Files.readAllBytes(target), err);
            }
        }
    }

    /** Nor is what another file of the target would replace, or what only the overlay stands on. */
    @Test
    void noPartOfATargetReplacesWhatIsRead() throws IOException {
        Path flat = qemu.create("out-flat.vmdk", "-f", "raw", "out-flat.vmdk", "4M");
        Path out = folder.resolve("out.vmdk");
        String subformat = "subformat=monolithicFlat";
        String err =
                cli.run("convert", "-f", "raw", "-O", "vmdk", "-o", subformat, flat, out)
                        .expect(1)
                        .err();
        assertTrue(err.contains("because it is read") && err.contains("out-flat.vmdk"), err);
        assertTrue(Files.notExists(out));
        Path base = qemu.qcow2("base.qcow2", "4M");
        qemu.overlay("middle.qcow2", "base.qcow2");
        Object[] over = {
            "convert",
            "-f",
            "raw",
            "--allow-references",
            folder,
            "-O",
            "qcow2",
            "-B",
            "middle.qcow2",
            "-F",
            "qcow2",
            flat,
            base
        };
        byte[] before = Files.readAllBytes(base);
        err = cli.run(over).expect(1).err();
        assertTrue(err.contains("cannot be written, because it is read"), err);
        assertArrayEquals(before, Files.readAllBytes(base));
    }

    /** No image comes to stand above itself. */
    @Test
    void noCircleIsMade() throws IOException {
        Path base = qemu.qcow2("base.qcow2", "4M");
        Path top = qemu.overlay("top.qcow2", "base.qcow2");
        byte[] before = Files.readAllBytes(base);
        Object[][] circles = {
            {"rebase", "--allow-references", folder, "-b", "top.qcow2", "-F", "qcow2", base},
            {"rebase", "--allow-references", folder, "-b", "base.qcow2", "-F", "qcow2", base},
            {"rebase", "-u", "-b", "base.qcow2", "-F", "qcow2", base},
            {"create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", base},
            {"create", "-f", "qcow2", "-u", "-b", "base.qcow2", "-F", "qcow2", base, "4M"},
            {"create", "-f", "qcow2", "-b", "top.qcow2", "-F", "qcow2", base},
        };
        for (Object[] circle : circles) {
            cli.run(circle).expect(1);
            assertArrayEquals(before, Files.readAllBytes(base), List.of(circle).toString());
        }
        same("qcow2", "qcow2", base.toString(), top.toString());
    }

    @Test
    void whatCannotBeWrittenIntoIsLeftAsItIs() throws IOException {
        Path source = source();
        Path small = qemu.qcow2("small.qcow2", "1M");
        byte[] before = Files.readAllBytes(small);
        String err =
                cli.run("convert", "-n", "-f", "raw", "-O", "qcow2", source, small).expect(1).err();
        assertTrue(err.contains("1048576 bytes, and 3670016 are needed"), err);
        assertArrayEquals(before, Files.readAllBytes(small));
        Path missing = folder.resolve("missing.qcow2");
        cli.run("convert", "-n", "-f", "raw", "-O", "qcow2", source, missing).expect(1);
        assertTrue(Files.notExists(missing));
        byte[] content = Files.readAllBytes(source);
        cli.run("convert", "-n", "-f", "raw", "-O", "raw", source, source).expect(1);
        assertArrayEquals(content, Files.readAllBytes(source));
        Path vmdk = qemu.create("disk.vmdk", "-f", "vmdk", "disk.vmdk", "4M");
        String unsupported =
                cli.run("convert", "-n", "-f", "raw", "-O", "vmdk", source, vmdk).expect(1).err();
        assertTrue(unsupported.contains("vmdk"), unsupported);
        for (List<String> options :
                List.of(
                        List.of("-n", "-c"),
                        List.of("-n", "-o", "cluster_size=4k"),
                        List.of("-n", "-B", "x", "-F", "raw"),
                        List.of("-n", "--digest"),
                        List.of("-B", "x"),
                        List.of("-F", "raw"),
                        List.of("--target-is-zero"))) {
            Object[] words = new Object[options.size() + 5];
            words[0] = "convert";
            System.arraycopy(options.toArray(), 0, words, 1, options.size());
            words[options.size() + 1] = "-O";
            words[options.size() + 2] = "qcow2";
            words[options.size() + 3] = source;
            words[options.size() + 4] = small;
            cli.run(words).expect(1);
            assertArrayEquals(before, Files.readAllBytes(small), options.toString());
        }
    }

    private long dataClusters(Path image) throws IOException {
        Map<String, Object> check = cli.run("check", "--json", image).ok().json();
        return ((Number) check.getOrDefault("allocated-clusters", 0)).longValue();
    }

    /** The base again, with one cluster changed, one made zeros, and more behind its end. */
    @Test
    void onlyWhatDiffersFromTheBackingFileIsWritten() throws IOException {
        Path base = qemu.create("base.raw", "-f", "raw", "base.raw", "3M");
        qemu.ioAs("raw", "base.raw", "write -P 5 0 3M");
        Path disk = Files.copy(base, folder.resolve("disk.raw"));
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(4 << 20);
        }
        qemu.ioAs(
                "raw", "disk.raw", "write -P 6 65k 1k", "write -P 0 1M 64k", "write -P 8 3500k 4k");
        for (String options : List.of("compat=1.1", "compat=0.10", "extended_l2=on")) {
            Path ours = folder.resolve("ours.qcow2");
            cli.run(
                            "convert",
                            "-f",
                            "raw",
                            "-O",
                            "qcow2",
                            "-o",
                            options,
                            "-B",
                            "base.raw",
                            "-F",
                            "raw",
                            disk,
                            ours)
                    .ok();
            same("raw", "qcow2", "disk.raw", "ours.qcow2");
            qemu.run("check", "-q", ours).expectSuccess();
            Map<String, Object> info = cli.run("info", "--json", ours).ok().json();
            assertEquals("base.raw", info.get("backing-filename"));
            assertEquals("raw", info.get("backing-filename-format"));
            assertTrue(dataClusters(ours) <= 3, options + ": " + dataClusters(ours));
        }
    }

    /** Of an overlay over the same file only its own clusters are looked at, and go over. */
    @Test
    void anOverlayOverTheSameFileGoesOverAsQemuImgDoesIt() throws IOException {
        qemu.qcow2("base.qcow2", "4M");
        qemu.io("base.qcow2", "write -P 5 0 4M");
        Path overlay = qemu.overlay("overlay.qcow2", "base.qcow2");
        qemu.io("overlay.qcow2", "write -P 6 65k 1k", "write -z 1M 192k", "write -P 7 4000k 96k");
        Path ours = folder.resolve("ours.qcow2");
        String[] options = {"-O", "qcow2", "-B", "base.qcow2", "-F", "qcow2"};
        cli.run(
                        "convert",
                        options[0],
                        options[1],
                        options[2],
                        options[3],
                        options[4],
                        options[5],
                        "--allow-references",
                        folder,
                        overlay,
                        ours)
                .ok();
        qemu.run(
                        "convert",
                        options[0],
                        options[1],
                        options[2],
                        options[3],
                        options[4],
                        options[5],
                        overlay,
                        "theirs.qcow2")
                .expectSuccess();
        same("qcow2", "qcow2", "ours.qcow2", "theirs.qcow2");
        same("qcow2", "qcow2", "ours.qcow2", "overlay.qcow2");
        qemu.run("check", "-q", ours).expectSuccess();
        assertTrue(dataClusters(ours) <= dataClusters(folder.resolve("theirs.qcow2")));
    }

    @Test
    void aFailedOverlayLeavesNothing() throws IOException {
        Path source = source();
        Path target = Files.writeString(folder.resolve("target.qcow2"), "old");
        for (String words :
                List.of(
                        "-O qcow2 -B missing.raw",
                        "-O raw -B source.raw",
                        "-O qcow2 -c -B source.raw")) {
            List<Object> command = new ArrayList<>(List.of("convert", "-f", "raw"));
            command.addAll(List.of(words.split(" ", -1)));
            command.addAll(List.of("-F", "raw", source, target));
            cli.run(command.toArray()).expect(1);
        }
        assertEquals("old", Files.readString(target));
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }
}
