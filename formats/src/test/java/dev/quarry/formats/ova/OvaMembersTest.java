package dev.quarry.formats.ova;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.FileStorage;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Archives by Python's tarfile whose members lie where {@code tar cf a.ova FOLDER} and {@code tar
 * cf a.ova *} put them.
 */
final class OvaMembersTest {

    /** Names without a dot are folders. */
    private static final String SCRIPT =
            """
            import sys, tarfile, os
            t = tarfile.open(sys.argv[1], 'w', format=getattr(tarfile, sys.argv[2]))
            for name in sys.argv[4:]:
                if '.' in name:
                    path = os.path.join(sys.argv[3], os.path.basename(name))
                    t.addfile(t.gettarinfo(path, name), open(path, 'rb'))
                else:
                    folder = tarfile.TarInfo(name)
                    folder.type = tarfile.DIRTYPE
                    t.addfile(folder)
            t.close()
            """;

    private static final String OVF =
            """
            <?xml version="1.0"?>
            <o:Envelope xmlns:o="http://schemas.dmtf.org/ovf/envelope/1">
              <o:References><o:File o:id="f1" o:href="disk.vmdk"/></o:References>
              <o:DiskSection><o:Disk o:diskId="d1" o:fileRef="f1"/></o:DiskSection>
            </o:Envelope>
            """;

    @TempDir Path folder;

    private Path made = Path.of("");
    private byte[] content = new byte[0];

    @BeforeEach
    void makeAppliance() throws IOException {
        content = RandomContent.bytes(Replay.generator(53), 1 << 20, 512);
        made = Files.createDirectory(folder.resolve("made"));
        Files.writeString(made.resolve("z.ovf"), OVF);
        Images.convert(
                Images.source(content),
                made.resolve("disk.vmdk"),
                "vmdk",
                Map.of("subformat", "streamOptimized"));
    }

    private Path archive(String tarFormat, String... names) {
        Path ova = folder.resolve("a.ova");
        List<Object> words = new ArrayList<>(List.of("-c", SCRIPT, ova, tarFormat, made));
        words.addAll(List.of(names));
        ForeignTool.require("python3").run(words.toArray()).expectSuccess();
        return ova;
    }

    private static byte[] read(Path path, boolean isNamed) throws IOException {
        ImageFormats formats = ImageFormats.installed();
        FileStorage storage = FileStorage.open(path);
        try {
            ImageFormat format = isNamed ? new OvaFormat() : formats.detect(storage).format();
            try (DiskImage image = format.open(storage, OpenOptions.of(formats))) {
                return Images.bytes(image);
            }
        } catch (ImageException e) {
            storage.close();
            throw e;
        }
    }

    private static List<String> findings(Path path) throws IOException {
        List<String> findings = new ArrayList<>();
        try (FileStorage storage = FileStorage.open(path)) {
            new OvaFormat().check(storage, findings::add, new CancelToken());
        }
        return findings;
    }

    /** A folder's own member may come first, and a manifest may name the folder. */
    @ParameterizedTest
    @ValueSource(strings = {"USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"})
    void membersMayLieInAFolder(String tarFormat) throws IOException {
        assertArrayEquals(
                content, read(archive(tarFormat, "sub", "sub/z.ovf", "sub/disk.vmdk"), false));
        for (String named : List.of("", "sub/")) {
            Files.writeString(made.resolve("z.mf"), manifest(named));
            Path ova = archive(tarFormat, "sub", "sub/z.ovf", "sub/z.mf", "sub/disk.vmdk");
            assertEquals(List.of(), findings(ova));
        }
        String manifest = manifest("");
        Files.writeString(made.resolve("z.ovf"), OVF + " ");
        Files.writeString(made.resolve("z.mf"), manifest);
        Path changed = archive(tarFormat, "sub/z.ovf", "sub/z.mf", "sub/disk.vmdk");
        assertEquals(List.of("error: the manifest's SHA512 of 'z.ovf' differs"), findings(changed));
    }

    /** The specification wants it first, so others are not taken for appliances unless told. */
    @ParameterizedTest
    @ValueSource(strings = {"USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"})
    void aDescriptorThatIsNotFirstMustBeAskedFor(String tarFormat) throws IOException {
        Path ova = archive(tarFormat, "disk.vmdk", "z.ovf");
        ImageException e = assertThrows(ImageException.class, () -> read(ova, false));
        assertTrue(String.valueOf(e.getMessage()).contains("-f ova"), e::getMessage);
        assertArrayEquals(content, read(ova, true));
    }

    /** As bsdtar of macOS packs files that have extended attributes. */
    @ParameterizedTest
    @ValueSource(strings = {"USTAR_FORMAT", "PAX_FORMAT"})
    void whatMacosAddsIsLeftOut(String tarFormat) throws IOException {
        Files.writeString(made.resolve("z.mf"), manifest(""));
        for (String name : List.of("._z.ovf", "._z.mf", "._disk.vmdk")) {
            Files.write(made.resolve(name), new byte[] {0, 5, 0x16, 7, 0, 2, 0, 0});
        }
        for (String in : List.of("", "sub/")) {
            Path ova =
                    archive(
                            tarFormat,
                            in + "._z.ovf",
                            in + "z.ovf",
                            in + "._z.mf",
                            in + "z.mf",
                            in + "._disk.vmdk",
                            in + "disk.vmdk");
            assertArrayEquals(content, read(ova, false));
            assertEquals(List.of(), findings(ova));
        }
    }

    private String manifest(String prefix) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String name : List.of("z.ovf", "disk.vmdk")) {
            lines.append("SHA512(" + prefix + name + ")= " + sha512(made.resolve(name)) + "\n");
        }
        return lines.toString();
    }

    private static String sha512(Path file) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
