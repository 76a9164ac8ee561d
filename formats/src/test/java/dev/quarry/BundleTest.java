package dev.quarry;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.bundle.Bundle;
import dev.quarry.bundle.BundleManifest;
import dev.quarry.catalog.Covers;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Instance-store-backed images: bundles on real files (4.6.3). */
final class BundleTest {

    private static final int MIB = 1 << 20;

    @TempDir Path folder;

    private Quarry quarry;
    private byte[] disk;
    private Path raw;
    private Bundle bundle;

    BundleTest() {}

    @BeforeEach
    void prepare() throws IOException {
        quarry = Quarry.openOrCreate(folder.resolve("store"));
        // Random, so that it takes three parts, and a size that is no whole sector.
        disk = new byte[70 * MIB + 77];
        byte[] random = new byte[22 * MIB];
        new SplittableRandom(7).nextBytes(random);
        System.arraycopy(random, 0, disk, 3 * MIB, random.length);
        raw = Files.write(folder.resolve("disk.raw"), disk);
        bundle = write(request());
    }

    @AfterEach
    void close() throws IOException {
        quarry.close();
    }

    private BundleRequest request() throws IOException {
        return BundleRequest.of(raw, folder.resolve("bundle"))
                .withFormat("raw")
                .withMachine(
                        Architecture.ARM64,
                        "/dev/sda1",
                        MappingParser.parse("/dev/sdb=ephemeral0"));
    }

    private static Bundle write(BundleRequest request) throws IOException {
        return Bundles.bundle(request, ProgressListener.none(), new CancelToken());
    }

    private MachineImage register(String name) throws IOException {
        return quarry.registerBundle(bundle.file(), ImageRegistration.of(name, List.of()));
    }

    private LaunchResult launch(MachineImage image, String name) throws IOException {
        return quarry.launch(
                LaunchRequest.of(image.id(), folder.resolve(name))
                        .withInstanceStore(List.of(1L << 20)),
                ProgressListener.none(),
                new CancelToken());
    }

    private byte[] unbundled() throws IOException {
        Path out = folder.resolve("out.raw");
        Bundles.unbundle(bundle.file(), out, ProgressListener.none(), new CancelToken());
        return Files.readAllBytes(out);
    }

    private void expect(Kind kind, String fragment) {
        ImageException e = assertThrows(ImageException.class, this::unbundled);
        assertEquals(kind, e.kind(), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains(fragment), e.getMessage());
        assertFalse(Files.exists(folder.resolve("out.raw")), "nothing half written");
    }

    @Test
    @Covers("4.6.3")
    void aBundleIsReadBack() throws IOException {
        assertEquals(3, bundle.manifest().parts().size());
        assertArrayEquals(disk, unbundled());
        assertEquals(bundle.manifest(), Bundle.open(bundle.file()).manifest());
        // Anybody else can read it, too.
        StringBuilder parts = new StringBuilder("cat");
        for (BundleManifest.Part part : bundle.manifest().parts()) {
            parts.append(' ').append(folder.resolve("bundle").resolve(part.fileName()));
        }
        Path foreign = folder.resolve("foreign.raw");
        ForeignTool.require("zstd").run("--version").expectSuccess();
        ForeignTool.require("sh").run("-c", parts + " | zstd -dc > " + foreign).expectSuccess();
        assertEquals(-1, Files.mismatch(raw, foreign));
    }

    @Test
    void noPartThatIsThereIsReplaced() throws IOException {
        Path first = folder.resolve("bundle/image.part.00");
        Path second = folder.resolve("bundle/image.part.01");
        Files.delete(bundle.file());
        Files.delete(first);
        Files.writeString(second, "another's");
        FileAlreadyExistsException e =
                assertThrows(FileAlreadyExistsException.class, () -> write(request()));
        assertEquals(second.toString(), e.getFile());
        assertEquals("another's", Files.readString(second));
        assertFalse(Files.exists(first), "what was written is gone");
    }

    @Test
    void anImageOfABundleIsNotArchived() throws IOException {
        MachineImage image = register("bundled");
        Path file = folder.resolve("bundled.quarry");
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "instance-store-backed",
                () -> quarry.archive(image.id(), file, ProgressListener.none(), new CancelToken()));
        assertFalse(Files.exists(file));
    }

    @Test
    @Covers({"4.6.2", "4.6.3", "4.5.8", "4.6.1"})
    void anImageOfABundle() throws IOException {
        MachineImage image = register("bundled");
        assertEquals(ImageState.AVAILABLE, image.state());
        assertFalse(image.isEbsBacked());
        assertEquals(Architecture.ARM64, image.hardware().architecture());
        assertEquals("instance-store", quarry.catalog().view(image).get("RootDeviceType"));
        LaunchResult launch = launch(image, "vm");
        assertEquals(2, launch.volumes().size());
        assertArrayEquals(disk, Files.readAllBytes(launch.volumes().getFirst().planned().path()));
        assertEquals(List.of(), quarry.catalog().volumes(), "instance-store disks are no volumes");
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "has no root volume",
                () ->
                        quarry.createImage(
                                CreateImageRequest.of(launch.launchId(), "made"),
                                ProgressListener.none(),
                                new CancelToken()));
        refuses(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "is the root",
                () ->
                        quarry.launch(
                                LaunchRequest.of(image.id(), folder.resolve("vm2"))
                                        .withMappings(MappingParser.parse("/dev/sda1=:20")),
                                ProgressListener.none(),
                                new CancelToken()));
        quarry.terminate(launch.launchId());
        assertFalse(Files.exists(launch.volumes().getFirst().planned().path()), "lost");
        refuses(
                ErrorCode.INVALID_PARAMETER_COMBINATION,
                "says itself",
                () ->
                        quarry.registerBundle(
                                bundle.file(),
                                ImageRegistration.of(
                                        "more", MappingParser.parse("/dev/sdc=ephemeral1"))));
        refuses(
                ErrorCode.INVALID_PARAMETER_COMBINATION,
                "processor is arm64",
                () ->
                        quarry.registerBundle(
                                bundle.file(),
                                ImageRegistration.of("more", List.of())
                                        .withHardware(
                                                ImageHardware.defaults()
                                                        .withArchitecture(Architecture.I386))));
    }

    @Test
    @Covers("4.6.2")
    void aChangedBundleInvalidatesItsImage() throws IOException {
        MachineImage image = register("bundled");
        quarry.catalog().sharing().modifyImage(image.id(), List.of(Grantee.ALL), List.of());
        Path first = folder.resolve("bundle/image.part.00");
        Files.move(first, folder.resolve("away"));
        refuses(ErrorCode.INVALID_MANIFEST, "is not there", () -> launch(image, "vm"));
        assertEquals(ImageState.AVAILABLE, quarry.catalog().image(image.id()).state());
        Files.move(folder.resolve("away"), first);
        Files.writeString(bundle.file(), Files.readString(bundle.file()) + "<!-- -->");
        refuses(ErrorCode.INVALID_MANIFEST, "has changed", () -> launch(image, "vm"));
        assertEquals(ImageState.INVALID, quarry.catalog().image(image.id()).state());
        assertFalse(Files.exists(folder.resolve("vm")));
        refuses(ErrorCode.INVALID_AMI_ID_UNAVAILABLE, "is invalid", () -> launch(image, "vm"));
        assertEquals(
                List.of(), quarry.as(Actor.of("222")).catalog().images(), "hidden from others");
    }

    @Test
    @Covers("4.6.2")
    void aPartThatHasChangedInvalidatesTheImageWhenItIsRead() throws IOException {
        MachineImage image = register("bundled");
        Path first = folder.resolve("bundle/image.part.00");
        byte[] bytes = Files.readAllBytes(first);
        bytes[100] ^= 1;
        Files.write(first, bytes);
        refuses(ErrorCode.INVALID_MANIFEST, "has changed", () -> launch(image, "vm"));
        assertEquals(ImageState.INVALID, quarry.catalog().image(image.id()).state());
        assertFalse(Files.exists(folder.resolve("vm")));
    }

    @Test
    @Covers("4.8.11")
    void aCopyCannotChangeEncryption() throws IOException {
        MachineImage image = register("bundled");
        CopyImageRequest request = CopyImageRequest.of(image.id(), "copy");
        for (boolean encrypted : new boolean[] {true, false}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "instance-store",
                    () ->
                            quarry.copyImage(
                                    request.withEncryption(
                                            new CopyRules.Encrypting(encrypted, null)),
                                    ProgressListener.none(),
                                    new CancelToken()));
        }
        MachineImage copy = quarry.copyImage(request, ProgressListener.none(), new CancelToken());
        assertArrayEquals(
                disk, Files.readAllBytes(launch(copy, "vm").volumes().getFirst().planned().path()));
    }

    @Test
    @Covers("4.6.3")
    void whatCannotBeBundled() throws IOException {
        Path large = folder.resolve("large.raw");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(BundleManifest.DISK_BYTES_MAX + 1);
        }
        BundleRequest tooLarge = BundleRequest.of(large, folder.resolve("large")).withFormat("raw");
        ImageException e = assertThrows(ImageException.class, () -> write(tooLarge));
        assertEquals(Kind.LIMIT, e.kind());
        for (String mapping :
                new String[] {"/dev/sdb=:1", "/dev/sdb=none", "/dev/sda1=ephemeral0"}) {
            refuses(
                    ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                    "only instance-store disks",
                    () ->
                            write(
                                    BundleRequest.of(raw, folder.resolve("other"))
                                            .withMachine(
                                                    Architecture.X86_64,
                                                    "/dev/sda1",
                                                    MappingParser.parse(mapping))));
        }
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "bundle name",
                () -> write(request().withImageName("../image")));
        assertThrows(IOException.class, () -> write(request()), "there is one");
        assertFalse(Files.exists(folder.resolve("other")));
    }

    @Test
    void damagedParts() throws IOException {
        Path part = folder.resolve("bundle/image.part.01");
        byte[] good = Files.readAllBytes(part);
        byte[] bad = good.clone();
        bad[12345] ^= 1;
        Files.write(part, bad);
        expect(Kind.CORRUPT, "digest");
        Files.write(part, Arrays.copyOf(good, good.length - 1));
        expect(Kind.TRUNCATED, "not 0x");
        Files.write(part, good);
        assertArrayEquals(disk, unbundled());
    }

    @Test
    void hostileManifests() throws IOException {
        String good = Files.readString(bundle.file());
        String secret = Files.writeString(folder.resolve("secret"), "secret").toString();
        Object[][] rows = {
            {"<filename>image.part.00", "<filename>../secret", Kind.CORRUPT, "bare file name"},
            {"<filename>image.part.00", "<filename>/etc/passwd", Kind.CORRUPT, "bare file name"},
            {"<filename>image.part.00", "<filename>image.part.01", Kind.CORRUPT, "twice"},
            {"SHA256", "SHA1", Kind.UNSUPPORTED, "SHA256"},
            {"<size>73400397", "<size>73400396", Kind.CORRUPT, "more bytes"},
            {"<size>73400397", "<size>73400398", Kind.TRUNCATED, "ends before"},
            {"<size>73400397", "<size>10737418241", Kind.LIMIT, "exceeds 0x280000000"},
            {"<size>73400397", "<size>-1", Kind.CORRUPT, "no number"},
            {"<bundled_size>", "<bundled_size>9", Kind.CORRUPT, "do not fit"},
            {"zstd", "lzma", Kind.UNSUPPORTED, "zstd"},
            {"<architecture>arm64", "<architecture>vax", Kind.UNSUPPORTED, "architecture"},
            {"<name>image", "<name>" + "x".repeat(2000), Kind.LIMIT, "characters"},
            {"<device>sda1", "<device>../sda1", Kind.CORRUPT, "no names"},
            {"</image>", "<ec2_encrypted_key>0</ec2_encrypted_key></image>", Kind.ENCRYPTED, ""},
            {"<version>", "<a><a><a><a><a><a><a><a>", Kind.LIMIT, "levels"},
            {"<version>", "<version", Kind.CORRUPT, "no valid XML"},
            {
                "<manifest>",
                "<!DOCTYPE m [<!ENTITY e SYSTEM \"file://" + secret + "\">]><manifest>",
                Kind.CORRUPT,
                "document type"
            },
        };
        for (Object[] row : rows) {
            assertTrue(good.contains((String) row[0]), (String) row[0]);
            Files.writeString(bundle.file(), good.replace((String) row[0], (String) row[1]));
            expect((Kind) row[2], (String) row[3]);
        }
        Files.writeString(bundle.file(), good + " ".repeat(1 << 20));
        expect(Kind.LIMIT, "exceeds 0x100000");
        // A link that leaves the folder.
        Files.writeString(bundle.file(), good);
        Path part = folder.resolve("bundle/image.part.00");
        Files.move(part, folder.resolve("elsewhere"));
        Files.createSymbolicLink(part, folder.resolve("elsewhere"));
        assertThrows(IOException.class, this::unbundled);
    }
}
