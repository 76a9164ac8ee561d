package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Prerequisite;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What happens to a whole process: signals, a full disk, a store that may only be read. */
final class ProcessTest {

    /** Progress is told by 64 MiB: after the first of five, there is time to send a signal. */
    private static final long DISK_BYTES = 320L << 20;

    @TempDir private static Path images;

    private static Path large;
    private static Path small;

    @TempDir private Path folder;

    private Path store = Path.of("");
    private Cli cli = Cli.bare();

    @BeforeAll
    static void writeImages() throws IOException {
        large = images.resolve("large.raw");
        small = images.resolve("small.raw");
        DemoDisk.write(large, 5, 0, DISK_BYTES);
        DemoDisk.write(small, 6, 0, 4L << 20);
    }

    @BeforeEach
    void makeStore() {
        store = folder.resolve("store");
        cli = Cli.withStore(store);
        cli.run("import", "-f", "raw", small, "--name", "small").ok();
    }

    private void importLargeAndCompare() throws IOException {
        Cli.Run run = cli.run("import", "-f", "raw", large, "--name", "large", "--json").ok();
        Path copy = folder.resolve("copy");
        cli.run("export", Json.text(run.list("Images").getFirst(), "ImageId"), copy).ok();
        assertEquals(-1, Files.mismatch(large, copy));
    }

    @Test
    void anImportThatWasKilledCanBeDoneAgain() throws Exception {
        Folders.Snapshot before = Folders.snapshot(store);
        try (CommandProcess process = startImport()) {
            process.kill();
            assertEquals(128 + 9, process.exitCode());
        }
        assertEquals(before, Folders.snapshot(store));
        assertEquals(2, cli.run("images").ok().lines().size());
        importLargeAndCompare();
        assertNothingTemporary();
    }

    @Test
    void anImportThatIsToldToEndCleansUp() throws Exception {
        Folders.Snapshot before = Folders.snapshot(store);
        try (CommandProcess process = startImport()) {
            process.terminate();
            assertEquals(128 + 15, process.exitCode());
            assertTrue(process.err().contains("\"Code\":\"Cancelled\""), process.err());
        }
        assertEquals(before, Folders.snapshot(store));
        assertNothingTemporary();
        for (Path file : Folders.files(store)) {
            assertFalse(store.relativize(file).startsWith("leases"), file.toString());
        }
        importLargeAndCompare();
    }

    private CommandProcess startImport() throws IOException {
        CommandProcess process =
                CommandProcess.start(
                        "--store", store, "import", "-f", "raw", large, "--progress=json");
        // The first line comes before anything is read.
        process.awaitLine("\"Progress\"");
        process.awaitLine("\"Progress\"");
        return process;
    }

    private void assertNothingTemporary() throws IOException {
        for (Path file : Folders.files(store)) {
            assertFalse(store.relativize(file).startsWith("tmp"), file.toString());
        }
    }

    @Test
    void aConversionThatIsToldToEndLeavesNoTarget() throws Exception {
        Path target = folder.resolve("target.qcow2");
        try (CommandProcess process =
                CommandProcess.start(
                        "convert", "-f", "raw", "-O", "qcow2", "--progress=json", large, target)) {
            process.awaitLine("\"Progress\"");
            process.terminate();
            assertEquals(128 + 15, process.exitCode());
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(store), files.toList());
        }
    }

    @Test
    void aFullDiskIsSaidAndChangesNothing() {
        List<String> said =
                inMountNamespace(
                        """
                        mount -t tmpfs -o size=24m tmpfs "$folder"
                        "$@" --store "$folder/store" import -f raw "$small"
                        "$@" --store "$folder/store" import -f raw "$large"
                        echo "import $?"
                        "$@" --store "$folder/store" snapshots | wc -l
                        "$@" convert -f raw -O raw "$large" "$folder/copy"
                        echo "convert $?"
                        ls -A "$folder"
                        """);
        assertTrue(said.get(0).startsWith("snap-"), said.toString());
        assertEquals(List.of("import 1", "2", "convert 1", "store"), said.subList(1, said.size()));
    }

    /** Every writer: one line, exit code 1, and nothing under the target's name or another. */
    @Test
    void aFullDiskLeavesNothingOfAnyTarget() {
        List<String> targets =
                List.of(
                        "-O raw",
                        "-O raw -o preallocation=full",
                        "-O raw -o preallocation=falloc",
                        "-O qcow2",
                        "-O qcow2 -o preallocation=full",
                        "-O qcow2 -o extended_l2=on",
                        "-O qcow2 -c",
                        "-O qcow2 -c -o compression_type=zstd",
                        "-O vmdk",
                        "-O vmdk -o subformat=monolithicFlat",
                        "-O vmdk -o subformat=twoGbMaxExtentSparse",
                        "-O vmdk -o subformat=twoGbMaxExtentFlat",
                        "-O vmdk -o subformat=streamOptimized",
                        "-O ova");
        List<String> said =
                inMountNamespace(
                        "mount -t tmpfs -o size=2m tmpfs \"$folder\"\n"
                                + "while read -r options; do\n"
                                + "  \"$@\" convert -f raw $options \"$large\" \"$folder/copy\""
                                + " 2>\"$large.err\"\n"
                                + "  echo \"$options: $? $(wc -l <\"$large.err\")"
                                + " $(ls -A \"$folder\" | wc -l)\"\n"
                                + "  cat \"$large.err\" >&2\n"
                                + "done <<'END'\n"
                                + String.join("\n", targets)
                                + "\nEND\n");
        assertEquals(targets.stream().map(target -> target + ": 1 1 0").toList(), said);
    }

    @Test
    void aFullDiskLeavesAnImageThatIsChangedInPlaceConsistent() {
        List<String> said =
                inMountNamespace(
                        """
                        mount -t tmpfs -o size=2m tmpfs "$folder"
                        "$@" create -f qcow2 "$folder/disk" 64M >/dev/null
                        "$@" create -f qcow2 -b "$large" -F raw "$folder/overlay" >/dev/null
                        "$@" resize --preallocation=full "$folder/disk" +64M
                        echo "resize $?"
                        "$@" check -q "$folder/disk"
                        echo "check $(($? == 0 || $? == 3))"
                        "$@" rebase -b "" --allow-references / "$folder/overlay"
                        echo "rebase $?"
                        "$@" check -q "$folder/overlay"
                        echo "check $(($? == 0 || $? == 3))"
                        ls -A "$folder"
                        """);
        assertEquals(
                List.of("resize 1", "check 1", "rebase 1", "check 1", "disk", "overlay"), said);
    }

    /** Whichever of its steps finds no room, the disk keeps its size and leaks nothing. */
    @Test
    void aFullDiskLeavesASizeAsItWas() {
        List<String> said =
                inMountNamespace(
                        """
                        mount -t tmpfs -o size=3m tmpfs "$folder"
                        while read -r format options how new room; do
                          rm -f "$folder"/*
                          "$@" create -q -f $format -o $options "$folder/disk" 1M
                          used=$(du -k "$folder/disk" | cut -f1)
                          head -c $(((3072 - used - room) * 1024)) /dev/zero >"$folder/full"
                          "$@" resize -q -f $format --preallocation=$how "$folder/disk" $new
                          code=$?
                          size=$("$@" info -f $format --json "$folder/disk" \\
                            | sed -n 's/.*"virtual-size": *\\([0-9]*\\).*/\\1/p')
                          check=0
                          [ $format = raw ] || "$@" check -q "$folder/disk" || check=$?
                          echo "$code $size $check"
                        done <<'END'
                        qcow2 cluster_size=4k off +200G 0
                        qcow2 cluster_size=4k off +200G 64
                        qcow2 cluster_size=4k falloc +64M 4
                        qcow2 cluster_size=4k full +64M 0
                        qcow2 cluster_size=4k full +64M 12
                        qcow2 cluster_size=64k full +64M 512
                        raw preallocation=off falloc +64M 512
                        raw preallocation=off full +64M 512
                        END
                        """);
        assertEquals(Collections.nCopies(8, "1 1048576 0"), said);
    }

    /** Wherever the growth ends, in its tables, its counts or its clusters. */
    @Test
    void aGrowthThatFindsNoRoomLeavesTheImageAsItWas() {
        List<Object> words =
                new ArrayList<>(
                        List.of(
                                "-c",
                                """
                                cd "$0"
                                while read -r options how new step steps; do
                                  "$@" create -q -f qcow2 -o $options disk 1M
                                  before=$(stat -c %s disk)
                                  for i in $(seq 0 $steps); do
                                    # In blocks of 512 bytes.
                                    (ulimit -f $((before / 512 + i * step)) &&
                                      exec "$@" resize -q --preallocation=$how disk $new) 2>err
                                    code=$?
                                    "$@" check -q disk
                                    checked=$?
                                    grown=$(($(stat -c %s disk) - before))
                                    # A block of counts, and a table of them, may stay.
                                    echo "$code $(wc -l <err) $checked $((grown < 8192))"
                                  done
                                  rm disk
                                done <<'END'
                                cluster_size=512 off +200M 24 3
                                cluster_size=512 full +4M 586 5
                                cluster_size=4k full +64M 4100 2
                                END
                                """,
                                folder.toString()));
        words.addAll(CommandProcess.words());
        ForeignTool.Result result =
                ForeignTool.require("sh")
                        .withTimeout(Duration.ofMinutes(3))
                        .run(words.toArray())
                        .expectSuccess();
        assertEquals(Collections.nCopies(13, "1 1 0 1"), result.stdout().lines().toList());
    }

    @Test
    void aStoreThatMayOnlyBeReadIsRead() {
        List<String> said =
                inMountNamespace(
                        """
                        mkdir "$folder/out"
                        mount --bind "$folder" "$folder"
                        mount -o remount,bind,ro "$folder"
                        mount -t tmpfs none "$folder/out"
                        "$@" --store "$folder/store" import -f raw "$small"
                        echo "import $?"
                        "$@" --store "$folder/store" tag ami-00000000000000000 a=b
                        echo "tag $?"
                        "$@" --store "$folder/store" images | wc -l
                        "$@" --store "$folder/store" stats >/dev/null
                        echo "stats $?"
                        id=$("$@" --store "$folder/store" images | grep -o 'ami-[0-9a-f]*')
                        "$@" --store "$folder/store" export "$id" "$folder/out/disk"
                        echo "export $?"
                        cmp "$small" "$folder/out/disk"
                        echo "cmp $?"
                        "$@" --store "$folder/store" verify --quick >/dev/null
                        echo "verify $?"
                        """);
        assertEquals(
                List.of("import 1", "tag 1", "2", "stats 0", "export 0", "cmp 0", "verify 0"),
                said);
    }

    @Test
    void aFullStoreIsReadAndNamed() {
        List<String> said =
                inMountNamespace(
                        """
                        mkdir "$folder/full"
                        mount -t tmpfs -o size=32m none "$folder/full"
                        cp -r "$folder/store" "$folder/full/store"
                        cat /dev/zero >"$folder/full/zeros" 2>/dev/null
                        id=$("$@" --store "$folder/full/store" images | grep -o 'ami-[0-9a-f]*')
                        "$@" --store "$folder/full/store" verify --quick >/dev/null
                        echo "verify $?"
                        err=$("$@" --store "$folder/full/store" export "$id" "$folder/disk" 2>&1)
                        echo "$? $err"
                        echo "$err" >&2
                        """);
        assertEquals(
                List.of("verify 0", "1 quarry: no space left: " + folder.resolve("full/store")),
                said);
    }

    /**
     * Every verb that makes a file: one line that names the folder or file, and nothing is left.
     */
    @Test
    void whatCannotBeWrittenIsNamedAndLeavesNothing() {
        List<String> said =
                inMountNamespace(
                        """
                        mkdir "$folder/ro" "$folder/rw"
                        "$@" create -q -f qcow2 "$folder/ro/base" 4M
                        "$@" create -q -f qcow2 -b ../ro/base -F qcow2 "$folder/rw/overlay"
                        mount --bind "$folder/ro" "$folder/ro"
                        mount -o remount,bind,ro "$folder/ro"
                        cd "$folder"
                        try() {
                          err=$("$@" 2>&1 >/dev/null)
                          echo "$? ${err#quarry: }"
                          echo "$err" >&2
                        }
                        for format in raw qcow2 vmdk ova; do
                          try "$@" convert -f raw -O $format "$small" ro/new
                        done
                        try "$@" convert -f raw -O vmdk -o subformat=monolithicFlat "$small" ro/new
                        try "$@" convert -n -f raw -O qcow2 "$small" ro/base
                        try "$@" create -f qcow2 ro/new 4M
                        try "$@" create -f qcow2 ro/base 4M
                        try "$@" resize ro/base 8M
                        try "$@" snapshot -c new ro/base
                        try "$@" check -r all ro/base
                        try "$@" rebase -u -b '' ro/base
                        try "$@" commit --allow-references . rw/overlay
                        try "$@" --store ro/store import -f raw "$small"
                        try "$@" bundle "$small" --out ro
                        ls -A ro
                        ls -A rw
                        """);
        String inFolder = "1 read-only file system: " + folder.resolve("ro");
        String base = "1 read-only file system: ro/base";
        List<String> expected = new ArrayList<>(Collections.nCopies(5, inFolder));
        expected.addAll(List.of(base, inFolder, inFolder, base, base, base, base));
        expected.add(inFolder + "/base");
        expected.add(inFolder + "/store");
        expected.add(inFolder);
        expected.addAll(List.of("base", "overlay"));
        assertEquals(expected, said);
    }

    /** Runs a script that may mount; errors of the command must be one line each. */
    private List<String> inMountNamespace(String script) {
        ForeignTool unshare = ForeignTool.require("unshare");
        if (unshare.run("--map-root-user", "--mount", "true").exitCode() != 0) {
            throw Prerequisite.missing("no mount namespaces here");
        }
        String variables =
                "set -u; folder='" + folder + "'; small='" + small + "'; large='" + large + "'\n";
        List<Object> words =
                new ArrayList<>(
                        List.of(
                                "--map-root-user",
                                "--mount",
                                "sh",
                                "-c",
                                variables + script,
                                "sh"));
        words.addAll(CommandProcess.words());
        ForeignTool.Result result =
                unshare.withTimeout(Duration.ofMinutes(3)).run(words.toArray()).expectSuccess();
        assertFalse(result.stderr().contains("Exception"), result.stderr());
        assertFalse(result.stderr().contains("internal error"), result.stderr());
        assertTrue(
                result.stderr().contains("no space left: ")
                        || result.stderr().contains("read-only file system: "),
                result.stderr());
        return result.stdout().lines().toList();
    }

    /** Version 2 of qcow2 has no mark by which the image's next writer would know. */
    @Test
    void aSnapshotWhoseMakingIsCutOffIsNotOverwritten() {
        ForeignTool strace = ForeignTool.require("strace").in(folder);
        QemuImages qemu = new QemuImages(folder);
        Path image = folder.resolve("old.qcow2");
        int named = 0;
        for (int write = 1; write <= 12; write++) {
            qemu.qcow2("old.qcow2", "8M", "compat=0.10", "cluster_size=4096");
            qemu.io("old.qcow2", "write -P 2 0 4M");
            List<Object> words = new ArrayList<>(List.of("-f", "-o", "/dev/null"));
            words.addAll(List.of("-e", "trace=pwrite64"));
            words.addAll(List.of("-e", "inject=pwrite64:signal=KILL:when=" + write));
            words.addAll(CommandProcess.words("snapshot", "-c", "new", image));
            strace.run(words.toArray());
            qemu.io("old.qcow2", "write -P 9 0 4M");
            if (qemu.run("snapshot", "-l", image).stdout().contains("new")) {
                named++;
                qemu.run("convert", "-l", "new", "-O", "raw", image, "new.raw").expectSuccess();
                qemu.ioAs("raw", "new.raw", "read -P 2 0 4M");
            }
        }
        assertTrue(named > 1, "cut off " + named + " times after it was named");
    }

    @Test
    void aResultThatCannotBeWrittenIsSaid() throws Exception {
        Process process =
                new ProcessBuilder(CommandProcess.words("--version"))
                        .redirectOutput(new File("/dev/full"))
                        .start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("quarry: no space left: standard output\n", err);
        assertEquals(1, process.waitFor());
    }

    @Test
    void aFileThatGrowsBeyondItsLimitIsSaid() {
        ForeignTool sh = ForeignTool.require("sh");
        List<Object> words = new ArrayList<>(List.of("-c", "ulimit -f 20000; exec \"$@\"", "sh"));
        Path target = folder.resolve("copy");
        words.addAll(CommandProcess.words("convert", "-f", "raw", large, target));
        ForeignTool.Result result = sh.withTimeout(Duration.ofMinutes(2)).run(words.toArray());
        assertEquals(1, result.exitCode(), result.toString());
        assertEquals(
                "quarry: the file is too large for its file system: " + target + "\n",
                result.stderr());
        assertFalse(Files.exists(target));
    }
}
