package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.Corpus;
import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
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
import java.util.stream.Stream;

/** The verbs that change nothing, beside qemu-img on the same images. */
final class ReadingVerbsTest {

    private final Cli cli = Cli.bare();

    @TempDir private Path folder;

    private QemuImages images = new QemuImages(Path.of("."));

    @BeforeEach
    void makeImages() {
        images = new QemuImages(folder);
        images.qcow2("base.qcow2", "8M");
        images.io("base.qcow2", "write -P 1 64k 128k", "write -z 256k 64k", "write -P 9 6M 1M");
        images.create(
                "top.qcow2", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "top.qcow2", "12M");
        images.io("top.qcow2", "write -P 3 0 64k", "write -c -P 5 512k 64k", "write -P 4 9M 128k");
    }

    private Cli.Run beside(Path image) {
        return cli.run("map", "--output=json", "--allow-references", folder, image).ok();
    }

    private List<Object> theirMap(Object... args) throws IOException {
        Object[] words = new Object[args.length + 3];
        words[0] = "map";
        words[1] = "-U";
        words[2] = "--output=json";
        System.arraycopy(args, 0, words, 3, args.length);
        return Json.array(images.run(words).expectSuccess().stdout());
    }

    /**
     * A map without what qemu-img says only now and then: which parts of a cluster are holes of the
     * host file, and where an unallocated subcluster would be.
     */
    private static List<Map<String, Object>> settled(List<Object> map) {
        List<Map<String, Object>> settled = new ArrayList<>();
        for (Object each : map) {
            Map<String, Object> entry = new LinkedHashMap<>();
            ((Map<?, ?>) each).forEach((key, value) -> entry.put((String) key, value));
            if (Boolean.TRUE.equals(entry.get("data"))) {
                entry.remove("zero");
            }
            if (Boolean.FALSE.equals(entry.get("present"))) {
                entry.remove("offset");
            }
            Map<String, Object> last = settled.isEmpty() ? Map.of() : settled.getLast();
            if (isContinuedBy(last, entry)) {
                last.put("length", number(last, "length") + number(entry, "length"));
            } else {
                settled.add(entry);
            }
        }
        return settled.stream().map(ReadingVerbsTest::withLongs).toList();
    }

    private static Map<String, Object> withLongs(Map<String, Object> entry) {
        entry.replaceAll((_, value) -> value instanceof Number number ? number.longValue() : value);
        return entry;
    }

    private static boolean isContinuedBy(Map<String, Object> last, Map<String, Object> next) {
        if (last.isEmpty() || last.containsKey("offset") != next.containsKey("offset")) {
            return false;
        }
        for (String key : List.of("depth", "present", "data", "zero")) {
            if (!String.valueOf(last.get(key)).equals(String.valueOf(next.get(key)))) {
                return false;
            }
        }
        return !last.containsKey("offset")
                || number(next, "offset") == number(last, "offset") + number(last, "length");
    }

    private static long number(Map<String, Object> entry, String key) {
        return ((Number) Objects.requireNonNull(entry.get(key))).longValue();
    }

    @Test
    void mapsAsQemuImgDoes() throws IOException {
        images.qcow2("prealloc.qcow2", "4M", "preallocation=metadata");
        images.qcow2("extended.qcow2", "4M", "extended_l2=on");
        images.io("extended.qcow2", "write -P 5 100k 20k", "write -z 200k 8k");
        images.create("sparse.raw", "-f", "raw", "sparse.raw", "4M");
        images.ioAs("raw", "sparse.raw", "write -P 7 1M 64k");
        images.qcow2("empty.qcow2", "1T");
        images.run("convert", "-O", "vmdk", "base.qcow2", "sparse.vmdk").expectSuccess();
        images.run(
                        "convert",
                        "-O",
                        "vmdk",
                        "-o",
                        "subformat=streamOptimized",
                        "base.qcow2",
                        "stream.vmdk")
                .expectSuccess();
        for (String name :
                List.of(
                        "base.qcow2",
                        "top.qcow2",
                        "prealloc.qcow2",
                        "extended.qcow2",
                        "sparse.raw",
                        "empty.qcow2",
                        "sparse.vmdk",
                        "stream.vmdk")) {
            String format = name.endsWith(".raw") ? "raw" : name.endsWith("k") ? "vmdk" : "qcow2";
            assertEquals(
                    settled(theirMap("-f", format, name)),
                    settled(Json.array(beside(images.path(name)).out())),
                    name);
        }
    }

    @TestFactory
    Stream<DynamicTest> mapsForeignImagesAsQemuImgDoes() {
        Corpus corpus = Corpus.require();
        return Stream.concat(corpus.ofFormat("qcow2"), corpus.ofFormat("vmdk"))
                .filter(entry -> entry.guestSha256().isPresent())
                .map(entry ->
                        DynamicTest.dynamicTest(
                                entry.name(),
                                () -> {
                                    Path allowed =
                                            entry.file().toAbsolutePath().resolveSibling(".");
                                    List<Object> theirs = theirMap(entry.file());
                                    List<Object> ours =
                                            Json.array(
                                                    cli.run(
                                                                    "map",
                                                                    "--output=json",
                                                                    "--allow-references",
                                                                    allowed,
                                                                    entry.file())
                                                            .ok()
                                                            .out());
                                    assertEquals(settled(theirs), settled(ours));
                                }));
    }

    @Test
    void mapsARange() throws IOException {
        Path base = images.path("base.qcow2");
        assertEquals(
                theirMap("--start-offset", "100000", "--max-length", "200000", "base.qcow2"),
                Json.array(
                        cli.run(
                                        "map",
                                        "--output=json",
                                        "--start-offset",
                                        "100000",
                                        "--max-length",
                                        "200000",
                                        base)
                                .ok()
                                .out()));
        assertEquals("[]\n", cli.run("map", "--output=json", "--start-offset", "1G", base).out());
    }

    @Test
    void mapForPeopleIsTheTableOfQemuImg() {
        ForeignTool.Result theirs = images.run("map", images.path("base.qcow2"));
        assertEquals(
                theirs.expectSuccess().stdout(),
                cli.run("map", images.path("base.qcow2")).ok().out());
        // Compressed clusters are at no position, and that is an error there, too.
        assertEquals(1, images.run("map", "top.qcow2").exitCode());
        Cli.Run ours = cli.run("map", "--allow-references", folder, images.path("top.qcow2"));
        assertTrue(ours.expect(1).err().contains("compressed"), ours.err());
    }

    @Test
    void mapOpensNoBackingFileUnlessAllowed() {
        Cli.Run run = cli.run("map", images.path("top.qcow2")).expect(1);
        assertTrue(run.err().contains("which was not allowed"), run.err());
    }

    @Test
    void comparesWithTheExitCodesOfQemuImg() {
        images.run("convert", "-O", "raw", "base.qcow2", "same.raw").expectSuccess();
        images.run("convert", "-O", "raw", "base.qcow2", "other.raw").expectSuccess();
        images.ioAs("raw", "other.raw", "write -P 77 5001k 1k");
        images.run("convert", "-O", "qcow2", "base.qcow2", "longer.qcow2").expectSuccess();
        images.run("resize", "-q", "longer.qcow2", "9M").expectSuccess();
        images.qcow2("empty.qcow2", "8M");
        for (String[] pair :
                new String[][] {
                    {"base.qcow2", "same.raw"},
                    {"base.qcow2", "other.raw"},
                    {"base.qcow2", "longer.qcow2"},
                    {"longer.qcow2", "other.raw"},
                    {"base.qcow2", "empty.qcow2"},
                    {"same.raw", "same.raw"},
                    {"base.qcow2", "nothing"},
                    {"longer.qcow2", "base.qcow2"}
                }) {
            for (String flag : List.of("-q", "-p", "-s")) {
                ForeignTool.Result theirs = images.run("compare", flag, pair[0], pair[1]);
                Cli.Run ours =
                        cli.run("compare", flag, folder.resolve(pair[0]), folder.resolve(pair[1]));
                assertEquals(theirs.exitCode(), ours.exitCode(), ours.toString());
                // With -p it prints percents.
                String said = theirs.stdout().replaceAll(" *\\([^)]*/100%\\)\r?", "");
                if (!said.contains("block status")) {
                    assertEquals(said.strip(), ours.out().strip(), ours.toString());
                }
            }
        }
        cli.run("compare", "-f", "bad", folder.resolve("same.raw"), folder.resolve("same.raw"))
                .expect(2);
        cli.run("compare", folder.resolve("same.raw")).expect(1);
    }

    @Test
    void measuresAsQemuImgDoes() throws IOException {
        images.create("raw.raw", "-f", "raw", "raw.raw", "7M");
        images.ioAs("raw", "raw.raw", "write -P 7 1M 64k", "write -P 3 3000k 1k");
        List<List<String>> cases = new ArrayList<>();
        for (String options : List.of("cluster_size=64k", "cluster_size=512", "cluster_size=2M")) {
            cases.add(List.of("-O", "qcow2", "-o", options, "-f", "qcow2", "base.qcow2"));
            cases.add(List.of("-O", "qcow2", "-o", options, "-f", "raw", "raw.raw"));
            cases.add(List.of("-O", "qcow2", "-o", options, "--size", "8G"));
        }
        cases.add(List.of("-O", "raw", "--size", "1M"));
        cases.add(List.of("-O", "raw", "-f", "qcow2", "base.qcow2"));
        cases.add(List.of("-O", "qcow2", "--size", "1000000001"));
        cases.add(List.of("-O", "qcow2", "--size", "0"));
        for (List<String> each : cases) {
            List<Object> theirs = new ArrayList<>(List.of("measure", "--output=json"));
            theirs.addAll(each);
            List<Object> ours = new ArrayList<>(theirs);
            if (!each.contains("--size")) {
                ours.set(ours.size() - 1, images.path(each.getLast()));
            }
            Map<String, Object> expected =
                    JsonTree.readObject(images.run(theirs.toArray()).expectSuccess().stdout());
            expected.remove("bitmaps");
            assertEquals(expected, cli.run(ours.toArray()).ok().json(), each.toString());
        }
        cli.run("measure", "-O", "vmdk", "--size", "1M").expect(1);
        cli.run("measure", "-O", "qcow2").expect(1);
    }

    @Test
    void whatIsMeasuredIsEnough() throws IOException {
        Path base = images.path("base.qcow2");
        Path copy = folder.resolve("copy.qcow2");
        Map<String, Object> measured =
                cli.run("measure", "--json", "-O", "qcow2", base).ok().json();
        cli.run("convert", "-O", "qcow2", base, copy).ok();
        assertTrue(Files.size(copy) <= Json.number(measured, "required"), measured.toString());
    }

    @Test
    void listsSnapshotsAsQemuImgDoes() throws IOException {
        images.run("snapshot", "-c", "first", "base.qcow2").expectSuccess();
        images.io("base.qcow2", "write -P 2 0 64k");
        images.run("snapshot", "-c", "a name with spaces, and a long one", "base.qcow2");
        String theirs = images.run("snapshot", "-l", "base.qcow2").expectSuccess().stdout();
        Cli.Run ours = cli.run("snapshot", "-l", images.path("base.qcow2")).ok();
        assertEquals(theirs.replaceAll(" +", " "), ours.out().replaceAll(" +", " "));
        Map<String, Object> info =
                JsonTree.readObject(images.run("info", "--output=json", "base.qcow2").stdout());
        assertEquals(
                info.get("snapshots"),
                cli.run("snapshot", "--json", images.path("base.qcow2"))
                        .ok()
                        .json()
                        .get("snapshots"));
    }

    @Test
    void infoPrintsTheChainIfItIsAllowed() throws IOException {
        Path top = images.path("top.qcow2");
        cli.run("info", "--backing-chain", top).expect(1);
        images.run("snapshot", "-c", "first", "base.qcow2").expectSuccess();
        List<Object> theirs =
                Json.array(
                        images.run("info", "--backing-chain", "--output=json", top)
                                .expectSuccess()
                                .stdout());
        List<Object> ours =
                Json.array(
                        cli.run(
                                        "info",
                                        "--backing-chain",
                                        "--output=json",
                                        "--allow-references",
                                        folder,
                                        top)
                                .ok()
                                .out());
        assertEquals(theirs.size(), ours.size());
        for (int i = 0; i < theirs.size(); i++) {
            for (String key :
                    List.of(
                            "filename",
                            "format",
                            "virtual-size",
                            "snapshots",
                            "backing-filename",
                            "actual-size",
                            "dirty-flag")) {
                Object expected = ((Map<?, ?>) theirs.get(i)).get(key);
                assertEquals(expected, ((Map<?, ?>) ours.get(i)).get(key), key);
            }
        }
    }

    @Test
    void convertTakesTheLettersOfQemuImg() {
        images.run("snapshot", "-c", "first", "base.qcow2").expectSuccess();
        images.io("base.qcow2", "write -P 33 0 8M");
        images.run("convert", "-l", "first", "base.qcow2", "snapshot.raw").expectSuccess();
        Path base = images.path("base.qcow2");
        Path copy = folder.resolve("copy.raw");
        for (String name : List.of("first", "snapshot.name=first", "snapshot.id=1")) {
            cli.run(
                            "convert", "-q", "-W", "-C", "-m", "4", "-S", "64k", "-t", "none", "-T",
                            "none", "-U", "-l", name, base, copy)
                    .ok();
            images.run("compare", "-f", "raw", "-F", "raw", copy, "snapshot.raw").expectSuccess();
        }
        cli.run("convert", "-S", "0", base, copy).expect(1);
        cli.run("convert", base, base, copy).expect(1);
    }
}
