package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.DemoDisk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Runs each command of the table once to its end, and looks at what came of it. */
final class EveryCommandTest {

    private static final String THEM = "222222222222";
    private static final int BLOCK_BYTES = 1 << 19;

    @TempDir private Path folder;

    private final Set<String> commands = new TreeSet<>();

    private Cli.Run run(Path store, Object... args) {
        Cli.Run run = Cli.withStore(store).run(args).ok();
        commands.add(args[0].toString());
        return run;
    }

    private Cli.Run run(Object... args) {
        return run(folder.resolve("store"), args);
    }

    private static String id(Cli.Run run) {
        return run.lines().getLast();
    }

    private Map<String, Object> show(String id, String list) throws IOException {
        return run("show", id, "--json").list(list).getFirst();
    }

    private static String snapshotOf(Map<String, Object> image) {
        Map<String, Object> mapping = Json.list(image, "BlockDeviceMappings").getFirst();
        return Json.text(Json.object(mapping, "Ebs"), "SnapshotId");
    }

    @Test
    void everyCommandDoesItsWork() throws IOException, NoSuchAlgorithmException {
        Path disk = folder.resolve("disk.raw");
        DemoDisk.write(disk, 5, 0, 4L << 20);
        run("init");
        Cli.Run imported = run("import", "-f", "raw", disk, "--name", "web-0", "--tag", "keep=yes");
        String snapshot = imported.lines().getFirst();
        String image = id(imported);
        sharing(image, snapshot);
        life(image);
        launches(image, disk);
        blocks(snapshot, disk);
        carriers(image, snapshot, disk);
        account();
        store(disk, snapshot);
        images(disk);
        everyNameIsThere();
        Set<String> missing = new TreeSet<>(CommandTable.NAMES);
        missing.removeAll(commands);
        System.out.printf(
                "%d of %d commands were run to their end%n",
                CommandTable.NAMES.size() - missing.size(), CommandTable.NAMES.size());
        assertEquals(Set.of(), missing, "commands that no test runs");
    }

    private void sharing(String image, String snapshot) throws IOException {
        run("share", image, "--with", THEM);
        run("share", snapshot, "--with", "o-abcdefghij");
        assertEquals(
                "o-abcdefghij",
                Json.text(
                        Json.list(
                                        run(
                                                        "describe-attribute",
                                                        snapshot,
                                                        "createVolumePermission",
                                                        "--json")
                                                .json(),
                                        "CreateVolumePermissions")
                                .getFirst(),
                        "OrganizationArn"));
        run("unshare", snapshot, "--with", "o-abcdefghij");
        run("modify-snapshot-attribute", snapshot, "--create-volume-permission-add", THEM);
        run("reset-attribute", snapshot);
        assertEquals(
                List.of(),
                run("describe-attribute", snapshot, "createVolumePermission", "--json")
                        .list("CreateVolumePermissions"));
        run("cancel-launch-permission", image, "--as", THEM);
        run("modify-image-attribute", image, "--description", "The first");
        assertEquals("The first", Json.text(show(image, "Images"), "Description"));
        run("modify-snapshot-attribute", snapshot, "--product-code-add", "p1:devpay");
        Map<String, Object> code =
                run("describe-attribute", snapshot, "productCodes", "--json")
                        .list("ProductCodes")
                        .getFirst();
        assertEquals("p1", Json.text(code, "ProductCodeId"));
        assertEquals("devpay", Json.text(code, "ProductCodeType"));
        run("modify-snapshot-attribute", snapshot, "--product-code-remove", "p1");
        run("tag", snapshot, "a=1", "b=2");
        run("untag", snapshot, "a");
        assertEquals(2, Json.list(show(snapshot, "Snapshots"), "Tags").size());
    }

    private void life(String image) throws IOException {
        run("deprecate", image, "--at", LocalDate.now(ZoneOffset.UTC).plusYears(1));
        run("undeprecate", image);
        run("disable", image);
        assertEquals(List.of(), run("images", "--json").list("Images"));
        run("enable", image);
        run("protect", image);
        run("unprotect", image);
        run("retain", "kept", "--days", "3", "--tag", "keep=yes");
        run("deregister", image);
        assertEquals(1, run("recycle-bin", "--json").list("Images").size());
        run("restore", image);
        run("unretain", "kept");
        String copy = id(run("copy", image, "--name", "web-1"));
        assertEquals(copy, id(run("latest", "web-*")));
        assertEquals(2, run("ancestry", copy, "--json").list("ImageAncestryEntries").size());
        run("deregister", copy, "--delete-associated-snapshots");
    }

    private void launches(String image, Path disk) throws IOException {
        Path vm = folder.resolve("vm");
        run("launch", image, "--out", vm, "-b", "/dev/sdf=:1");
        String launch =
                Json.text(
                        JsonTree.readObject(Files.readString(vm.resolve("launch.json"))),
                        "InstanceId");
        assertEquals(1, run("launches", "--json").list("Instances").size());
        List<Map<String, Object>> volumes =
                run("volumes", "--filter", "attachment.device=/dev/sdf", "--json").list("Volumes");
        String volume = Json.text(volumes.getFirst(), "VolumeId");
        run("detach", volume);
        run("attach", volume, launch, "/dev/sdg");
        run("modify-instance-attribute", launch, "-b", "/dev/sdg=::false");
        String made = id(run("create-image", launch, "--name", "web-2"));
        run("export", made, folder.resolve("made.raw"));
        assertEquals(-1, Files.mismatch(disk, folder.resolve("made.raw")));
        run("terminate", launch);
        assertTrue(Files.notExists(vm.resolve("sda1.raw")));
        run("delete-volume", volume);
        assertTrue(Files.notExists(vm.resolve("sdf.raw")));
        String root = snapshotOf(show(made, "Images"));
        run("deregister", made);
        run("delete-snapshot", root);
    }

    private void blocks(String snapshot, Path disk) throws IOException, NoSuchAlgorithmException {
        List<String> listed = run("list-snapshot-blocks", snapshot).lines();
        Path block = folder.resolve("block");
        byte[] content = Files.readAllBytes(disk);
        for (String line : listed) {
            String[] words = line.split(" ", -1);
            run(
                    "get-snapshot-block",
                    snapshot,
                    block,
                    "--block-index",
                    words[0],
                    "--block-token",
                    words[1]);
            int at = Integer.parseInt(words[0]) * BLOCK_BYTES;
            assertArrayEquals(
                    Arrays.copyOfRange(content, at, at + BLOCK_BYTES), Files.readAllBytes(block));
        }
        String child = id(run("start-snapshot", "--volume-size", "1", "--client-token", "t"));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(block));
        String checksum = Base64.getEncoder().encodeToString(digest);
        run("put-snapshot-block", child, block, "--block-index", "9", "--checksum", checksum);
        run("complete-snapshot", child, "--changed-blocks-count", "1");
        assertEquals(List.of("9"), indexes(run("list-snapshot-blocks", child)));
        String grown =
                id(run("start-snapshot", "--volume-size", "1", "--parent-snapshot-id", child));
        run("put-snapshot-block", grown, block, "--block-index", "2", "--checksum", checksum);
        run("complete-snapshot", grown, "--changed-blocks-count", "1");
        assertEquals(
                List.of("2"),
                indexes(run("list-changed-blocks", grown, "--first-snapshot-id", child)));
    }

    private static List<String> indexes(Cli.Run run) {
        return run.lines().stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
    }

    private void carriers(String image, String snapshot, Path disk) throws IOException {
        Path other = folder.resolve("other");
        run(other, "init");
        run("transfer", image, "--to", other);
        assertEquals(1, run(other, "images", "--json").list("Images").size());
        Path archive = folder.resolve("archive");
        run("archive", image, archive);
        Path third = folder.resolve("third");
        run(third, "unarchive", archive);
        Path bucket = Files.createDirectory(folder.resolve("bucket"));
        String key = id(run("store-image", image, "--bucket", bucket));
        assertEquals(1, run("store-tasks", "--json").list("StoreImageTaskResults").size());
        Path fourth = folder.resolve("fourth");
        String restored = id(run(fourth, "restore-image", "--bucket", bucket, "--object-key", key));
        for (Path store : List.of(third, fourth)) {
            String id = store.equals(fourth) ? restored : id(run(store, "latest"));
            Path back = folder.resolve(store.getFileName() + ".raw");
            run(store, "export", id, back);
            assertEquals(-1, Files.mismatch(disk, back));
        }
        Path manifest = Path.of(id(run("bundle", disk, "--out", folder.resolve("bundle"))));
        Path unbundled = folder.resolve("unbundled.raw");
        run("unbundle", manifest, unbundled);
        assertEquals(-1, Files.mismatch(disk, unbundled));
        run("register", "--name", "bundled", "--manifest", manifest);
        run("register", "--name", "again", "-b", "/dev/sda1=" + snapshot);
        run(other, "regions", "add", "here", folder.resolve("store"));
        run(other, "copy", image, "--source-region", "here", "--name", "from-here");
    }

    private void account() throws IOException {
        run("subscribe", "p2");
        run("block-public-sharing");
        Map<String, Object> account = run("account", "--json").json();
        assertEquals(List.of("p2"), account.get("Subscriptions"));
        assertEquals("block-new-sharing", account.get("ImageBlockPublicAccessState"));
        run("unsubscribe", "p2");
        run("unblock-public-sharing");
        run("encrypt-by-default");
        assertEquals(true, run("account", "--json").json().get("EbsEncryptionByDefault"));
        run("encrypt-by-default", "--off");
        run("settings", "--region-name", "here");
        String events = run("events", "--json").out();
        assertTrue(events.contains("\"RegisterImage\""), events);
    }

    private void store(Path disk, String snapshot) throws IOException {
        assertTrue(run("snapshots").out().contains(snapshot));
        assertTrue(run("stats").out().contains(snapshot));
        run("verify");
        run("gc");
        run("analyze", disk);
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) 7);
        Path first = Files.write(folder.resolve("first.key"), key);
        Path second =
                Files.writeString(
                        folder.resolve("second.key"), HexFormat.of().formatHex(key).repeat(2));
        Path vault = folder.resolve("vault");
        run(vault, "init", "--key-file", first);
        run(vault, "change-key", "--key-file", first, "--new-key-file", second);
        run(vault, "import", "-f", "raw", disk, "--key-file", second);
    }

    private void images(Path disk) throws IOException {
        Path base = folder.resolve("base.qcow2");
        Path overlay = folder.resolve("overlay.qcow2");
        run("convert", "-f", "raw", "-O", "qcow2", disk, base);
        assertEquals("qcow2", run("info", "--json", base).json().get("format"));
        assertTrue(run("map", base).lines().size() > 1);
        run("check", base);
        run("compare", "-f", "raw", disk, base);
        run("measure", "-O", "raw", base);
        run("create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", overlay);
        run("snapshot", "-c", "first", overlay);
        run("resize", "--allow-references", folder, overlay, "5M");
        run("snapshot", "-d", "first", overlay);
        run("commit", "--allow-references", folder, overlay);
        run("rebase", "--allow-references", folder, "-b", "", overlay);
        assertEquals(5 << 20, run("info", "--json", overlay).json().get("virtual-size"));
        assertTrue(run("generate-completion").out().contains("quarry"));
    }

    /** What the page of commands lists is there, by its own name and by EC2's. */
    private static void everyNameIsThere() throws IOException {
        List<String> documented = new ArrayList<>();
        boolean table = false;
        for (String line : Files.readAllLines(Path.of("docs/commands.md"))) {
            table = line.startsWith("| command |") || (table && line.startsWith("|"));
            String[] cells = line.split("\\|", -1);
            if (!table || cells.length < 3) {
                continue;
            }
            for (int column = 1; column <= 2; column++) {
                for (String name : cells[column].split("`[, ]*`?|`", -1)) {
                    String word = name.strip().split(" ", -1)[0];
                    if (word.matches("[a-z]+(-[a-z]+)*") && !word.equals("command")) {
                        if (column == 1) {
                            documented.add(word);
                        } else if (!word.equals("the")) {
                            assertNotNull(CommandTable.create(word), word);
                        }
                    }
                }
            }
        }
        assertEquals(new TreeSet<>(CommandTable.NAMES), new TreeSet<>(documented));
    }
}
