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
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Damaged images, checked and mended beside qemu-img. */
final class CheckCommandTest {

    private static final int CLUSTER = 1 << 16;

    private final Cli cli = Cli.bare();

    @TempDir private Path folder;

    private QemuImages images = new QemuImages(Path.of("."));

    @BeforeEach
    void makeImage() {
        images = new QemuImages(folder);
        images.qcow2("disk.qcow2", "8M");
        images.io("disk.qcow2", "write -P 1 64k 300k", "write -z 1M 64k", "write -c -P 5 2M 64k");
        images.run("snapshot", "-c", "before", "disk.qcow2").expectSuccess();
        images.io("disk.qcow2", "write -P 2 128k 64k", "write -P 3 4M 128k");
    }

    private void compareChecks(Path image) throws IOException {
        ForeignTool.Result theirs = images.run("check", "-U", "--output=json", image);
        Cli.Run ours = cli.run("check", "--output=json", image);
        assertEquals(theirs.exitCode(), ours.exitCode(), theirs + "\n" + ours);
        if (theirs.exitCode() != 1) {
            assertEquals(JsonTree.readObject(theirs.stdout()), ours.json(), theirs + "\n" + ours);
        }
    }

    @TestFactory
    Stream<DynamicTest> foreignImages() {
        Corpus corpus = Corpus.require();
        return Stream.concat(corpus.ofFormat("qcow2"), corpus.ofFormat("vmdk"))
                .filter(entry -> entry.guestSha256().isPresent())
                .map(entry ->
                        DynamicTest.dynamicTest(entry.name(), () -> compareChecks(entry.file())));
    }

    @Test
    void imagesOfEachKind() throws IOException {
        compareChecks(images.path("disk.qcow2"));
        images.qcow2("small.qcow2", "3M", "cluster_size=512");
        images.io("small.qcow2", "write -c -P 4 0 512k", "write -P 3 1M 100k");
        images.qcow2("bits.qcow2", "8M", "refcount_bits=1");
        images.io("bits.qcow2", "write -P 3 1M 1M");
        images.qcow2("wide.qcow2", "8M", "refcount_bits=64");
        images.io("wide.qcow2", "write -P 3 1M 1M");
        images.qcow2("nibble.qcow2", "8M", "refcount_bits=4");
        images.io("nibble.qcow2", "write -P 3 1M 1M");
        images.qcow2("extended.qcow2", "8M", "extended_l2=on");
        images.io("extended.qcow2", "write -P 3 1M 100k", "write -z 3M 4k");
        images.qcow2("bitmap.qcow2", "8M");
        images.run("bitmap", "--add", "bitmap.qcow2", "b0").expectSuccess();
        images.io("bitmap.qcow2", "write -P 3 1M 100k");
        images.qcow2("old.qcow2", "8M", "compat=0.10");
        images.qcow2("data.qcow2", "8M", "data_file=data.bin");
        images.io("data.qcow2", "write -P 3 1M 100k");
        for (String name :
                List.of("small", "bits", "wide", "nibble", "extended", "bitmap", "old", "data")) {
            compareChecks(images.path(name + ".qcow2"));
        }
    }

    @Test
    void aFormatWithoutMetadataIsSixtyThree() {
        Path raw = images.create("disk.raw", "-f", "raw", "disk.raw", "1M");
        assertEquals(63, images.run("check", "-f", "raw", raw).exitCode());
        cli.run("check", "-f", "raw", raw).expect(63);
        cli.run("check", folder.resolve("nothing")).expect(1);
        cli.run("check").expect(1);
        cli.run("check", "-r", "some", raw).expect(1);
    }

    /** Position of the first L2 table, and what the headers say. */
    private long longAt(Path image, long position) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            file.seek(position);
            return file.readLong();
        }
    }

    private void patch(Path image, long position, int... bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(position);
            for (int each : bytes) {
                file.write(each);
            }
        }
    }

    private long l2Table(Path image) throws IOException {
        return longAt(image, longAt(image, 40)) & 0x00fffffffffffe00L;
    }

    private long refcountBlock(Path image) throws IOException {
        return longAt(image, longAt(image, 48));
    }

    @Test
    void damageIsCountedAsQemuImgCountsIt() throws IOException {
        Path disk = images.path("disk.qcow2");
        long block = refcountBlock(disk);
        long l2 = l2Table(disk);
        long l1 = longAt(disk, 40);
        long entry = longAt(disk, l2 + 8 * 3);
        assertDamage("leak", disk, block + 2 * 100, 0, 1);
        assertDamage("leaks", disk, block + 2 * 100, 0, 1, 0, 2, 0, 3);
        assertDamage("countTooLow", disk, block + 2 * (entry & 0xffffffffL) / CLUSTER, 0, 0);
        assertDamage("copiedFlag", disk, l2 + 8 * 3, (int) (entry >>> 56) ^ 0x80);
        assertDamage("copiedFlagOfTable", disk, l1, 0);
        assertDamage("reservedBits", disk, l2 + 8 * 3, (int) (entry >>> 56) | 0x10);
        assertDamage("misaligned", disk, l2 + 8 * 3 + 6, 2);
        assertDamage("pastTheEnd", disk, l2 + 8 * 3 + 3, 0x77);
        assertDamage("twice", disk, l2 + 8 * 9 + 5, 1);
        assertDamage("wipedBlock", disk, block, new int[CLUSTER]);
        assertDamage("blockNowhere", disk, longAt(disk, 48) + 2, 0x55);
        assertDamage("blockMisaligned", disk, longAt(disk, 48) + 6, 0x02);
        assertDamage("headerIsData", disk, l2 + 8 * 3, 0, 0, 0, 0, 0, 1, 0, 0);
    }

    private void assertDamage(String name, Path disk, long position, int... bytes)
            throws IOException {
        Path damaged = folder.resolve(name + ".qcow2");
        Files.copy(disk, damaged, StandardCopyOption.REPLACE_EXISTING);
        patch(damaged, position, bytes);
        compareChecks(damaged);
        for (String repair : List.of("leaks", "all")) {
            Path theirs = folder.resolve(name + "-" + repair + "-theirs.qcow2");
            Path ours = folder.resolve(name + "-" + repair + "-ours.qcow2");
            Files.copy(damaged, theirs, StandardCopyOption.REPLACE_EXISTING);
            Files.copy(damaged, ours, StandardCopyOption.REPLACE_EXISTING);
            ForeignTool.Result expected = images.run("check", "-r", repair, theirs);
            Cli.Run run = cli.run("check", "-r", repair, ours);
            if (expected.exitCode() == 1 && run.exitCode() == 0) {
                // qemu-img writes the refcounts anew with the help of the damaged ones.
                images.run("check", ours).expectSuccess();
                images.run("compare", disk, ours).expectSuccess();
                continue;
            }
            assertEquals(expected.exitCode(), run.exitCode(), name + expected + run);
            assertEquals(
                    images.run("check", "-q", theirs).exitCode(),
                    images.run("check", "-q", ours).exitCode(),
                    () -> name + " " + images.run("check", ours));
            if (run.exitCode() == 0) {
                images.run("compare", theirs, ours).expectSuccess();
            }
        }
    }

    @Test
    void randomDamageNeverCrashesAndIsNeverMadeWorse() throws IOException {
        Path disk = images.path("disk.qcow2");
        byte[] good = Files.readAllBytes(disk);
        SplittableRandom random = new SplittableRandom(20_261_124);
        for (int round = 0; round < 60; round++) {
            byte[] bytes = good.clone();
            for (int i = 0; i < 4; i++) {
                long[] tables = {l2Table(disk), refcountBlock(disk), longAt(disk, 40)};
                int at = (int) tables[random.nextInt(tables.length)] + random.nextInt(300);
                bytes[at] = (byte) random.nextInt(256);
            }
            Path damaged = Files.write(folder.resolve("random.qcow2"), bytes);
            Cli.Run run = cli.run("check", "-r", "all", damaged);
            assertTrue(!run.err().contains("internal error"), run.toString());
            if (run.exitCode() == 0) {
                images.run("check", damaged).expectSuccess();
            }
        }
    }

    @Test
    void theDirtyBitIsTakenAway() throws IOException {
        Path disk = images.path("disk.qcow2");
        patch(disk, 79, 1);
        compareDirty(disk, true);
        cli.run("check", "-r", "all", disk).expect(0);
        compareDirty(disk, false);
        images.run("check", disk).expectSuccess();
    }

    private void compareDirty(Path disk, boolean dirty) throws IOException {
        Map<String, Object> info = cli.run("info", "--json", disk).ok().json();
        assertEquals(dirty, info.get("dirty-flag"));
    }

    @Test
    void aDamagedVmdkIsAnErrorThatNamesThePlace() throws IOException {
        images.run(
                        "convert",
                        "-O",
                        "vmdk",
                        "-o",
                        "subformat=streamOptimized",
                        "disk.qcow2",
                        "stream.vmdk")
                .expectSuccess();
        Path stream = images.path("stream.vmdk");
        cli.run("check", stream).ok();
        byte[] bytes = Files.readAllBytes(stream);
        java.util.Arrays.fill(bytes, bytes.length / 4, bytes.length * 3 / 4, (byte) 0x55);
        Path damaged = Files.write(folder.resolve("damaged.vmdk"), bytes);
        Cli.Run run = cli.run("check", damaged).expect(2);
        assertTrue(run.err().contains(" at 0x"), run.err());
        Path cut =
                Files.write(
                        folder.resolve("cut.vmdk"),
                        java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertTrue(cli.run("check", cut).exitCode() != 0);
        cli.run("check", "-r", "all", damaged).expect(1);
    }
}
