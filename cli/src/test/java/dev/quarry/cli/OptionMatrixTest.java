package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Every value of {@code -o}, and pairs of them, of {@code create} and of {@code convert}, beside
 * qemu-img: what it makes is made alike or refused by the option's name, and what it refuses is
 * refused.
 */
final class OptionMatrixTest {

    private static final Map<String, List<String>> QCOW2 = new LinkedHashMap<>();
    private static final Map<String, List<String>> VMDK = new LinkedHashMap<>();
    private static final Map<String, List<String>> RAW = new LinkedHashMap<>();

    /** Marks values that are tried alone. */
    private static final String ALONE = "!";

    static {
        QCOW2.put("compat", List.of("0.10", "1.1", "!v2", "!v3", "!0.11", "!"));
        QCOW2.put("cluster_size", List.of("512", "64K", "2M", "!4k", "!4M", "!513", "!0", "!x"));
        QCOW2.put("preallocation", List.of("off", "metadata", "falloc", "full", "!some"));
        QCOW2.put("lazy_refcounts", List.of("on", "off", "!yes", "!maybe"));
        QCOW2.put(
                "refcount_bits",
                List.of("1", "4", "16", "64", "!2", "!8", "!32", "!3", "!128", "!"));
        QCOW2.put("extended_l2", List.of("on", "!off", "!1"));
        QCOW2.put("compression_type", List.of("zstd", "!zlib", "!lz4"));
        QCOW2.put("backing_file", List.of("base.qcow2", "!nothing", "!"));
        QCOW2.put("backing_fmt", List.of("qcow2", "!vmdk", "!none"));
        QCOW2.put("data_file", List.of("data.raw", "!"));
        QCOW2.put("data_file_raw", List.of("on", "!off"));
        QCOW2.put("encryption", List.of("!on", "!off"));
        QCOW2.put("encrypt.format", List.of("!luks"));
        QCOW2.put("nocow", List.of("!on", "!off", "!maybe"));
        QCOW2.put("extent_size_hint", List.of("!1M", "!x"));
        QCOW2.put("none", List.of("!on"));
        VMDK.put(
                "subformat",
                List.of(
                        "monolithicSparse",
                        "monolithicFlat",
                        "twoGbMaxExtentSparse",
                        "twoGbMaxExtentFlat",
                        "streamOptimized",
                        "!vmfs",
                        "!"));
        VMDK.put("adapter_type", List.of("ide", "!buslogic", "!lsilogic", "legacyESX", "!sata"));
        VMDK.put("hwversion", List.of("21", "!4"));
        VMDK.put("toolsversion", List.of("!1", "2147483647"));
        VMDK.put("compat6", List.of("on", "!off", "!1"));
        VMDK.put("zeroed_grain", List.of("on", "off", "!1"));
        VMDK.put("backing_file", List.of("base.vmdk", "!nothing"));
        VMDK.put("backing_fmt", List.of("vmdk", "!qcow2"));
        VMDK.put("nocow", List.of("!on", "!off"));
        VMDK.put("none", List.of("!on"));
        RAW.put("preallocation", List.of("off", "falloc", "full", "!metadata", "!some"));
        RAW.put("nocow", List.of("!on", "off", "!maybe"));
        RAW.put("extent_size_hint", List.of("1M", "!0", "!x"));
        RAW.put("backing_file", List.of("!base.qcow2"));
        RAW.put("none", List.of("!on"));
    }

    /** What qemu-img makes and this program refuses, by the names in its message. */
    private static final Set<String> REFUSED =
            Set.of(
                    "data_file",
                    "encrypt.format",
                    "nocow",
                    "zeroed_grain",
                    // Only with narrow counts and compression, which share clusters here.
                    "refcount_bits",
                    // With a backing file, of which nothing is preallocated.
                    "preallocation",
                    // Of a VMDK; and one whose format is not said, which is never guessed.
                    "backing file");

    private final Cli cli = Cli.bare();

    @TempDir private Path folder;

    private QemuImages qemu = new QemuImages(Path.of(""));

    @BeforeEach
    void makeImages() {
        qemu = new QemuImages(folder);
        qemu.qcow2("base.qcow2", "1M");
        qemu.io("base.qcow2", "write -P 3 0 64k", "write -P 4 512k 64k");
        qemu.create("base.vmdk", "-f", "vmdk", "base.vmdk", "1M");
        qemu.create("source.raw", "-f", "raw", "source.raw", "1M");
        qemu.ioAs("raw", "source.raw", "write -P 3 0 64k", "write -P 5 300k 100k");
    }

    @TestFactory
    Stream<DynamicTest> everyPairOfOptionsOfCreate() {
        return Stream.of(
                create("qcow2", QCOW2, "1M"), create("vmdk", VMDK, "1M"), create("raw", RAW, "1M"));
    }

    private DynamicTest create(String format, Map<String, List<String>> options, String size) {
        return DynamicTest.dynamicTest(
                format,
                () -> {
                    Tally tally = new Tally();
                    for (String list : pairs(options)) {
                        List<Object> words = new ArrayList<>(List.of("create", "-q", "-f", format));
                        words.addAll(List.of("-o", list, TARGET, size));
                        compare(format, words, tally);
                    }
                    tally.check(format + " created");
                });
    }

    @TestFactory
    Stream<DynamicTest> everyPairOfOptionsOfConvert() {
        return Stream.of(
                convert("qcow2", QCOW2, List.of()),
                convert("qcow2", QCOW2, List.of("-c")),
                convert("vmdk", VMDK, List.of()),
                convert("raw", RAW, List.of()));
    }

    private DynamicTest convert(
            String format, Map<String, List<String>> options, List<String> letters) {
        return DynamicTest.dynamicTest(
                format + letters,
                () -> {
                    Tally tally = new Tally();
                    for (String list : pairs(options)) {
                        List<Object> words = new ArrayList<>(List.of("convert", "-f", "raw"));
                        words.addAll(letters);
                        words.addAll(List.of("-O", format, "-o", list));
                        words.addAll(List.of(folder.resolve("source.raw"), TARGET));
                        compare(format, words, tally);
                    }
                    tally.check(format + letters + " converted");
                });
    }

    /** Stands for the image that is made, by either program. */
    private static final String TARGET = "?";

    /** All values alone, and most with each of another option. */
    private static List<String> pairs(Map<String, List<String>> options) {
        Set<String> lists = new TreeSet<>();
        options.forEach((name, values) -> {
            for (String value : values) {
                lists.add(name + "=" + value.replace(ALONE, ""));
                options.forEach((other, others) -> addPairs(name, value, other, others, lists));
            }
        });
        return List.copyOf(lists);
    }

    private static void addPairs(
            String name, String value, String other, List<String> others, Set<String> lists) {
        for (String each : others) {
            boolean isPair = other.compareTo(name) > 0;
            if (isPair && !value.startsWith(ALONE) && !each.startsWith(ALONE)) {
                lists.add(name + "=" + value + "," + other + "=" + each);
            }
        }
    }

    /** How the combinations ended. */
    private static final class Tally {
        private final List<String> wrong = new ArrayList<>();
        private int made;
        private int refused;
        private int refusedByBoth;

        void check(String what) {
            System.out.printf(
                    "%s: %d alike, %d refused here, %d refused by both%n",
                    what, made, refused, refusedByBoth);
            assertEquals(List.of(), wrong);
            assertTrue(made > 5, what);
        }
    }

    private void compare(String format, List<Object> words, Tally tally) throws IOException {
        Path theirs = Files.createDirectories(folder.resolve("theirs")).resolve("disk");
        Path ours = Files.createDirectories(folder.resolve("ours")).resolve("disk");
        for (Path each : List.of(theirs, ours)) {
            for (String base : List.of("base.qcow2", "base.vmdk")) {
                Path copy = each.resolveSibling(base);
                if (!Files.exists(copy)) {
                    Files.copy(folder.resolve(base), copy);
                }
            }
        }
        ForeignTool.Result reference =
                ForeignTool.require("qemu-img")
                        .in(folder.resolve("theirs"))
                        .run(withTarget(words, theirs));
        Cli.Run run = cli.run(withTarget(words, ours));
        String what = words + ": ";
        if (run.exitCode() != 0) {
            requireRefusal(run, what, reference.exitCode() == 0, tally);
        } else if (reference.exitCode() != 0) {
            tally.wrong.add(what + "made, but " + reference.stderr());
        } else {
            Map<String, Object> expected = info(format, theirs);
            Map<String, Object> found = info(format, ours);
            if (!expected.equals(found)) {
                tally.wrong.add(what + found + " instead of " + expected);
            }
            if (format.equals("qcow2") && qemu.run("check", "-q", ours).exitCode() != 0) {
                tally.wrong.add(what + "check finds errors");
            }
            if (qemu.run("compare", "-f", format, "-F", format, ours, theirs).exitCode() != 0) {
                tally.wrong.add(what + "is not the same");
            }
            tally.made++;
        }
        for (Path each : List.of(theirs, ours)) {
            clean(each.resolveSibling(""), run.exitCode() != 0 && each.equals(ours), what, tally);
        }
    }

    private static Object[] withTarget(List<Object> words, Path target) {
        return words.stream().map(word -> word.equals(TARGET) ? target : word).toArray();
    }

    private static void requireRefusal(Cli.Run run, String what, boolean isMade, Tally tally) {
        boolean isLine =
                run.exitCode() == 1
                        && run.err().startsWith("quarry: ")
                        && run.err().lines().count() == 1
                        && !run.err().contains("internal error");
        if (!isLine) {
            tally.wrong.add(what + run);
        } else if (!isMade) {
            tally.refusedByBoth++;
        } else if (REFUSED.stream().noneMatch(run.err()::contains)) {
            tally.wrong.add(what + "made by qemu-img, but " + run.err());
        } else {
            tally.refused++;
        }
    }

    /** Takes everything away but the backing files. */
    private static void clean(Path made, boolean mustBeEmpty, String what, Tally tally)
            throws IOException {
        try (Stream<Path> files = Files.list(made)) {
            for (Path file : files.toList()) {
                if (!Objects.toString(file.getFileName()).startsWith("base.")) {
                    if (mustBeEmpty) {
                        tally.wrong.add(what + "left " + file);
                    }
                    Files.delete(file);
                }
            }
        }
    }

    /** What qemu-img tells of an image, but for what differs from one image to the next. */
    private Map<String, Object> info(String format, Path image) throws IOException {
        ForeignTool.Result run =
                qemu.run("info", "--output=json", "-f", format, image).expectSuccess();
        Map<String, Object> info = new LinkedHashMap<>(JsonTree.readObject(run.stdout()));
        info.keySet().removeAll(Set.of("filename", "actual-size", "full-backing-filename"));
        if (info.get("format-specific") instanceof Map<?, ?> specific
                && specific.get("data") instanceof Map<?, ?> data) {
            Map<Object, Object> rest = new LinkedHashMap<>(data);
            rest.keySet().removeAll(Set.of("cid", "parent-cid", "extents"));
            info.put("format-specific", rest);
        }
        return info;
    }
}
