package dev.quarry.formats.ova;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.CheckReport;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.FileStorage;
import dev.quarry.testdata.Corpus;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Archives that GNU tar makes and reads, and hostile ones made by hand. */
final class OvaFormatTest {

    private static final String OVF =
            """
            <?xml version="1.0"?>
            <ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
              <ovf:References>
                <ovf:File ovf:id="f1" ovf:href="one.vmdk"/>
                <ovf:File ovf:id="f2" ovf:href="two%20.vmdk"/>
              </ovf:References>
              <ovf:DiskSection>
                <ovf:Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="3" \
            ovf:capacityAllocationUnits="byte * 2^20"/>
                <ovf:Disk ovf:diskId="d2" ovf:fileRef="f2" ovf:capacity="${size}"/>
                <ovf:Disk ovf:diskId="d3" ovf:capacity="1024"/>
              </ovf:DiskSection>
            </ovf:Envelope>
            """;

    @TempDir Path folder;

    private byte[] one = new byte[0];
    private byte[] two = new byte[0];

    @BeforeEach
    void makeContent() {
        one = RandomContent.bytes(Replay.generator(51), 3 << 20, 512);
        two = RandomContent.bytes(Replay.generator(52), 1 << 20, 512);
    }

    private Path appliance() throws IOException {
        Path made = Files.createDirectory(folder.resolve("made"));
        Files.writeString(made.resolve("a.ovf"), OVF);
        Images.convert(
                Images.source(one),
                made.resolve("one.vmdk"),
                "vmdk",
                Map.of("subformat", "streamOptimized"));
        Images.convert(Images.source(two), made.resolve("two .vmdk"), "vmdk", Map.of());
        return made;
    }

    private static byte[] read(Path path, @Nullable String member) throws IOException {
        ImageFormats formats = ImageFormats.installed();
        FileStorage storage = FileStorage.open(path);
        try (DiskImage image =
                formats.detect(storage)
                        .format()
                        .open(storage, OpenOptions.of(formats).withMember(member))) {
            return Images.bytes(image);
        } catch (ImageException e) {
            storage.close();
            throw e;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ustar", "gnu", "pax", "posix"})
    void disksOfArchivesAreReadInPlace(String tarFormat) throws IOException {
        Path made = appliance();
        Path ova = folder.resolve("a.ova");
        ForeignTool.require("tar")
                .run(
                        "--format=" + tarFormat,
                        "-C",
                        made,
                        "-cf",
                        ova,
                        "a.ovf",
                        "one.vmdk",
                        "two .vmdk")
                .expectSuccess();
        assertArrayEquals(one, read(ova, "one.vmdk"));
        assertArrayEquals(one, read(ova, "d1"));
        assertArrayEquals(two, read(ova, "d2"));
        ImageException several = assertThrows(ImageException.class, () -> read(ova, null));
        assertTrue(several.toString().contains("one.vmdk, two%20.vmdk, d3"), several::toString);
        assertTrue(
                assertThrows(ImageException.class, () -> read(ova, "d3"))
                        .toString()
                        .contains("is empty"));
        assertThrows(ImageException.class, () -> read(ova, "d4"));
    }

    @Test
    void disksBesideADescriptorAreRead() throws IOException {
        Path made = appliance();
        assertArrayEquals(one, read(made.resolve("a.ovf"), "d1"));
        assertArrayEquals(two, read(made.resolve("a.ovf"), "d2"));
        Files.writeString(made.resolve("a.ovf"), OVF.replace("one.vmdk", "../a.ovf"));
        assertThrows(IOException.class, () -> read(made.resolve("a.ovf"), "d1"));
    }

    @Test
    void othersReadWhatIsWritten() throws IOException {
        Path ova = folder.resolve("vm.ova");
        Images.convert(Images.source(one), ova, "ova", Map.of());
        assertArrayEquals(one, Images.bytes(ova));
        ForeignTool tar = ForeignTool.require("tar");
        assertEquals(
                List.of("vm.ovf", "vm.mf", "vm-disk1.vmdk"),
                tar.run("-tf", ova).expectSuccess().stdout().lines().toList());
        Path out = Files.createDirectory(folder.resolve("out"));
        tar.run("-C", out, "-xf", ova).expectSuccess();
        List<String> sums = new ArrayList<>();
        for (String line : Files.readAllLines(out.resolve("vm.mf"))) {
            assertTrue(line.matches("SHA256\\(vm[-.a-z0-9]+\\)= [0-9a-f]{64}"), line);
            sums.add(
                    line.substring(line.indexOf('=') + 2)
                            + "  "
                            + line.substring(line.indexOf('(') + 1, line.indexOf(')')));
        }
        Path list = Files.write(out.resolve("sums"), sums);
        ForeignTool.require("bash")
                .run("-c", "cd \"$0\" && sha256sum --strict -c \"$1\"", out, list)
                .expectSuccess();
        Path disk = out.resolve("vm-disk1.vmdk");
        String ovf = Files.readString(out.resolve("vm.ovf"));
        assertTrue(ovf.contains("ovf:size=\"" + Files.size(disk) + "\""), ovf);
        assertTrue(ovf.contains("ovf:capacity=\"" + one.length + "\""), ovf);
        Path raw = Files.write(folder.resolve("expected.raw"), one);
        ForeignTool.require("qemu-img")
                .run("compare", "-f", "vmdk", "-F", "raw", disk, raw)
                .expectSuccess();
        ForeignTool.require("qemu-img").run("check", "-f", "vmdk", disk).expectSuccess();
    }

    @Test
    void manifestsAreCompared() throws IOException {
        Path ova = folder.resolve("vm.ova");
        Images.convert(Images.source(one), ova, "ova", Map.of());
        assertEquals(List.of(), findings(ova));
        byte[] bytes = Files.readAllBytes(ova);
        bytes[bytes.length - 4096] ^= 1;
        Files.write(ova, bytes);
        assertEquals(
                List.of("error: the manifest's SHA256 of 'vm-disk1.vmdk' differs"), findings(ova));
    }

    /** What the check says, and at last how many files could not be compared, if there are any. */
    private static List<String> findings(Path path) throws IOException {
        List<String> findings = new ArrayList<>();
        try (FileStorage storage = FileStorage.open(path)) {
            CheckReport report = new OvaFormat().check(storage, findings::add, new CancelToken());
            long errors = findings.stream().filter(each -> each.startsWith("error: ")).count();
            assertEquals(errors, report.corruptions() + report.checkErrors());
            if (report.checkErrors() > 0) {
                findings.add(Long.toString(report.checkErrors()));
            }
        }
        return findings;
    }

    /** The appliance without its empty disk, and a manifest as sha*sum states it. */
    private Path withManifest(String algorithm, String... names) throws IOException {
        Path made = appliance();
        String ovf =
                OVF.replaceAll("<ovf:Disk ovf:diskId=\"d3\".*?/>", "")
                        .replace("${size}", Integer.toString(two.length));
        Files.writeString(made.resolve("a.ovf"), ovf);
        StringBuilder manifest = new StringBuilder();
        for (String name : names) {
            String line =
                    ForeignTool.require(algorithm.toLowerCase(Locale.ROOT) + "sum")
                            .run(made.resolve(name))
                            .expectSuccess()
                            .stdout();
            String hex = line.substring(line.startsWith("\\") ? 1 : 0, line.indexOf(' '));
            manifest.append(algorithm + "(" + name + ")= " + hex + "\n");
        }
        Files.writeString(made.resolve("a.mf"), manifest);
        return made;
    }

    private Path tar(Path made, String... names) throws IOException {
        Path ova = folder.resolve("checked.ova");
        List<Object> words = new ArrayList<>(List.of("--format=ustar", "-C", made, "-cf", ova));
        words.addAll(List.of(names));
        ForeignTool.require("tar").run(words.toArray()).expectSuccess();
        return ova;
    }

    @Test
    void membersOfAnotherSpellingAreCompared() throws IOException {
        Path made = withManifest("SHA256", "a.ovf", "one.vmdk", "two .vmdk");
        Path ova = tar(made, "./a.ovf", "./a.mf", "./one.vmdk", "./two .vmdk");
        assertEquals(List.of(), findings(ova));
        assertArrayEquals(two, read(ova, "d2"));
    }

    @Test
    void manifestsBesideADescriptorAreCompared() throws IOException {
        Path made = withManifest("SHA1", "a.ovf", "one.vmdk", "two .vmdk");
        Path ovf = made.resolve("a.ovf");
        assertEquals(List.of(), findings(ovf));
        Files.write(made.resolve("one.vmdk"), new byte[1], StandardOpenOption.APPEND);
        assertEquals(List.of("error: the manifest's SHA1 of 'one.vmdk' differs"), findings(ovf));
        Files.delete(made.resolve("a.mf"));
        assertEquals(List.of("there is no manifest to compare with"), findings(ovf));
    }

    @Test
    void aFileIsHashedOnceHoweverOftenItIsNamed() throws IOException {
        Path made = withManifest("SHA256", "one.vmdk");
        Path mf = made.resolve("a.mf");
        int lines = 5_000;
        Files.writeString(mf, Files.readString(mf).repeat(lines));
        Images.truncate(made.resolve("one.vmdk"), 256 << 20);
        List<String> findings =
                assertTimeoutPreemptively(
                        Duration.ofSeconds(60), () -> findings(made.resolve("a.ovf")));
        String differs = "error: the manifest's SHA256 of 'one.vmdk' differs";
        assertEquals(lines, findings.stream().filter(differs::equals).count());
    }

    @Test
    void filesThatTheManifestDoesNotNameAreFindings() throws IOException {
        Path made = withManifest("SHA512", "one.vmdk");
        assertEquals(
                List.of(
                        "error: the manifest does not name 'a.ovf'",
                        "error: the manifest does not name 'two%20.vmdk'"),
                findings(made.resolve("a.ovf")));
    }

    @Test
    void otherDigestsAreComparedOrSaidNotToBe() throws IOException {
        Path made = withManifest("SHA384", "a.ovf", "one.vmdk", "two .vmdk");
        assertEquals(List.of(), findings(made.resolve("a.ovf")));
        Path mf = made.resolve("a.mf");
        String text = Files.readString(mf);
        Files.writeString(mf, text.replace("SHA384(one.vmdk)", "SHA3-384(one.vmdk)"));
        assertEquals(
                List.of(
                        "error: 'one.vmdk' was not compared: its digest in the manifest is of the"
                                + " unknown algorithm SHA3-384",
                        "1"),
                findings(made.resolve("a.ovf")));
    }

    @Test
    void filesOfAnotherSizeThanTheDescriptorSaysAreFindings() throws IOException {
        Path made = appliance();
        long size = Files.size(made.resolve("one.vmdk"));
        String single = OVF.replaceAll("(?s)<ovf:Disk ovf:diskId=\"d[23]\".*?/>", "");
        Files.writeString(
                made.resolve("a.ovf"),
                single.replace("\"one.vmdk\"", "\"one.vmdk\" ovf:size=\"" + size + "\""));
        assertEquals(
                List.of("there is no manifest to compare with"),
                findings(tar(made, "a.ovf", "one.vmdk")));
        Images.truncate(made.resolve("one.vmdk"), size - 512);
        String expected =
                "error: 'one.vmdk' has 0x"
                        + Long.toHexString(size - 512)
                        + " bytes, and the descriptor says 0x"
                        + Long.toHexString(size);
        assertEquals(expected, findings(tar(made, "a.ovf", "one.vmdk")).getFirst());
        assertEquals(expected, findings(made.resolve("a.ovf")).getFirst());
    }

    /** The first header of these is an extension of the next, or of all. */
    @ParameterizedTest
    @ValueSource(strings = {"", ", pax_headers={'comment': 'all'}"})
    void archivesOfPythonAreRecognised(String headers) throws IOException {
        Path made = appliance();
        Path ova = folder.resolve("python.ova");
        Path linked = made.resolve("a".repeat(120) + ".ovf");
        Files.copy(made.resolve("a.ovf"), linked);
        for (Path ovf : List.of(made.resolve("a.ovf"), linked)) {
            ForeignTool.require("python3")
                    .run(
                            "-c",
                            "import sys, tarfile, os\n"
                                    + "t = tarfile.open(sys.argv[1], 'w',"
                                    + " format=tarfile.PAX_FORMAT"
                                    + headers
                                    + ")\n"
                                    + "for p in sys.argv[2:]:\n"
                                    + "    i = t.gettarinfo(p, os.path.basename(p))\n"
                                    + "    i.mtime = 1.5\n"
                                    + "    t.addfile(i, open(p, 'rb'))\n"
                                    + "t.close()\n",
                            ova,
                            ovf,
                            made.resolve("one.vmdk"))
                    .expectSuccess();
            assertTrue("xg".indexOf(Files.readAllBytes(ova)[156]) >= 0);
            assertArrayEquals(one, read(ova, "d1"));
        }
    }

    /** A member of more than 8 GiB has GNU's binary size, which importers understand. */
    @Test
    void largeMembersHaveBinarySizes() {
        long size = (9L << 30) + 5;
        byte[] header = OvaWriter.header("disk.vmdk", size);
        assertEquals((byte) 0x80, header[124]);
        assertEquals(size, TarReader.number(header, 124, 12));
        assertTrue(TarReader.isHeader(header));
    }

    // ---- hostile archives

    private Path archive(byte[]... parts) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.write(part);
            out.write(new byte[(512 - part.length % 512) % 512]);
        }
        out.write(new byte[1024]);
        return Files.write(folder.resolve("hostile.ova"), out.toByteArray());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] header(String name, long size, char type) {
        byte[] header = OvaWriter.header(name, size);
        header[156] = (byte) type;
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += Byte.toUnsignedInt(each);
        }
        byte[] digits = ascii(String.format("%06o\0 ", sum));
        System.arraycopy(digits, 0, header, 148, 8);
        return header;
    }

    private void assertRefused(Kind kind, String words, Path path) {
        ImageException e = assertThrows(ImageException.class, () -> read(path, null));
        assertEquals(kind, e.kind(), e::toString);
        assertTrue(e.toString().contains(words), e::toString);
    }

    @Test
    void membersPastTheEndAreRefused() throws IOException {
        Path path = archive(header("a.ovf", 10, '0'), ascii(" "), header("b", 1L << 60, '0'));
        assertRefused(Kind.TRUNCATED, "past the end", path);
    }

    @Test
    void membersOfOneNameAreRefused() throws IOException {
        byte[] member = header("a.ovf", 1, '0');
        assertRefused(Kind.CORRUPT, "two members", archive(member, ascii(" "), member, ascii(" ")));
    }

    @ParameterizedTest
    @CsvSource({"S", "1", "2", "3", "6"})
    void linksDevicesAndSparseMembersAreRefused(char type) throws IOException {
        Path path = archive(header("a.ovf", 1, '0'), ascii(" "), header("b", 0, type));
        assertRefused(Kind.UNSUPPORTED, "neither a file nor a folder", path);
    }

    @Test
    void sparsePaxMembersAreRefused() throws IOException {
        byte[] record = ascii("22 GNU.sparse.major=1\n");
        Path path = archive(header("a.ovf", 1, '0'), ascii(" "), header("x", 22, 'x'), record);
        assertRefused(Kind.UNSUPPORTED, "sparse", path);
    }

    private Path withDescriptor(String ovf) throws IOException {
        byte[] bytes = ascii(ovf);
        return archive(header("a.ovf", bytes.length, '0'), bytes);
    }

    @Test
    void entitiesAreRefused() throws IOException {
        String doctype =
                "<!DOCTYPE x [<!ENTITY host SYSTEM \"file:///etc/hostname\"><!ENTITY a"
                        + " \"aaaa\">]>\n";
        String ovf =
                OVF.replace("<ovf:Envelope", doctype + "<ovf:Envelope")
                        .replace("one.vmdk", "&host;");
        assertRefused(Kind.CORRUPT, "", withDescriptor(ovf));
        assertRefused(Kind.CORRUPT, "", withDescriptor(OVF.replace("one.vmdk", "&a;")));
    }

    /** The JDK's parser must not speak for itself. */
    @Test
    void brokenDescriptorsAreSilent() throws IOException {
        byte[] latin = (OVF + "\u00e9").getBytes(StandardCharsets.ISO_8859_1);
        Path path = archive(header("a.ovf", latin.length, '0'), latin);
        PrintStream stderr = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            assertRefused(Kind.CORRUPT, "no text in the encoding", path);
            assertRefused(
                    Kind.CORRUPT,
                    "document type",
                    withDescriptor("<?xml version=\"1.0\"?><!DOCTYPE x ["));
        } finally {
            System.setErr(stderr);
        }
        assertEquals("", written.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ISO-8859-1", "UTF-16", "windows-1252", "UTF-8"})
    void descriptorsAreInTheEncodingThatTheyState(String encoding) throws IOException {
        String ovf =
                OVF.replace("\"1.0\"?", "\"1.0\" encoding=\"" + encoding + "\"?")
                        .replace("one.vmdk", "\u00e9.vmdk")
                        .replace("${size}", "1");
        byte[] bytes = ovf.getBytes(Charset.forName(encoding));
        Path path = archive(header("a.ovf", bytes.length, '0'), bytes);
        assertRefused(Kind.UNSUPPORTED, "(\u00e9.vmdk, ", path);
    }

    @ParameterizedTest
    @CsvSource({
        "UTF-8, ''", "UTF-8, '\ufeff<?xml version=\"1.0\"?>'", "UTF-8, '<!-- by hand -->'",
        "UTF-8, '\n '", "UTF-16, '<?xml version=\"1.0\"?>'", "x-UTF-16LE-BOM, ''"
    })
    void descriptorsAreRecognisedHoweverTheyBegin(String encoding, String beginning)
            throws IOException {
        Path ovf = appliance().resolve("a.ovf");
        String text = Files.readString(ovf).replaceFirst("<\\?xml.*?\\?>\\s*", beginning);
        Files.writeString(ovf, text, Charset.forName(encoding));
        try (FileStorage storage = FileStorage.open(ovf)) {
            assertEquals("ova", ImageFormats.installed().detect(storage).format().name());
            assertEquals("ova", new OvaFormat().inspect(storage).format());
        }
    }

    @Test
    void capacitiesThatTogetherAreTooMuchAreRefused() throws IOException {
        String large = "\"999999999999999999\" ovf:capacityAllocationUnits=\"byte * 2^3\"";
        Path path = withDescriptor(OVF.replace("\"${size}\"", large).replace("\"1024\"", large));
        try (FileStorage storage = FileStorage.open(path)) {
            ImageException e =
                    assertThrows(ImageException.class, () -> new OvaFormat().inspect(storage));
            assertEquals(Kind.LIMIT, e.kind(), e::toString);
        }
    }

    /** C1 and what turns the direction, too: terminals act on them. */
    @Test
    void namesAreShownWithoutControlCharacters() throws IOException {
        String ovf = OVF.replace("one.vmdk", "a&#x9b;b&#x202e;c&#x7f;d").replace("${size}", "1");
        assertRefused(Kind.UNSUPPORTED, "(a?b?c?d, ", withDescriptor(ovf));
    }

    @Test
    void onlyDisksOfTheArchiveAreRead() throws IOException {
        String single = OVF.replaceAll("(?s)<ovf:Disk ovf:diskId=\"d[23]\".*?/>", "");
        for (String href : new String[] {"../one.vmdk", "/etc/hostname", "file:///etc/hostname"}) {
            assertRefused(
                    Kind.REFERENCE_MISSING,
                    "not in the archive",
                    withDescriptor(single.replace("one.vmdk", href)));
        }
        assertRefused(
                Kind.UNSUPPORTED,
                "gzip",
                withDescriptor(
                        single.replace("\"one.vmdk\"", "\"a.ovf\" ovf:compression=\"gzip\"")));
        assertRefused(
                Kind.UNSUPPORTED,
                "chunks",
                withDescriptor(single.replace("\"one.vmdk\"", "\"a.ovf\" ovf:chunkSize=\"7\"")));
        assertRefused(
                Kind.UNSUPPORTED,
                "delta",
                withDescriptor(
                        single.replace(
                                "ovf:capacity=\"3\"", "ovf:parentRef=\"d9\" ovf:capacity=\"3\"")));
        assertRefused(
                Kind.CORRUPT,
                "no image",
                withDescriptor(
                        single.replace("one.vmdk", "a.ovf")
                                .replace("<?xml version=\"1.0\"?>\n", "")));
    }

    @Test
    void brokenDescriptorsAreRefused() throws IOException {
        assertRefused(Kind.CORRUPT, "XML", withDescriptor("<Envelope><a></Envelope>"));
        assertRefused(Kind.CORRUPT, "no Envelope", withDescriptor("<a/>"));
        assertRefused(
                Kind.CORRUPT,
                "refers to the File",
                withDescriptor(OVF.replace("fileRef=\"f1\"", "fileRef=\"f9\"")));
        assertRefused(Kind.UNSUPPORTED, "no disk", withDescriptor("<Envelope/>"));
    }

    @ParameterizedTest
    @CsvSource({
        "glance/testserver-bad-ovf.ova,CORRUPT",
        "glance/testserver-no-disk.ova,REFERENCE_MISSING",
        "glance/testserver-no-ovf.ova,FOREIGN",
        "glance/testserver.ova,CORRUPT"
    })
    void appliancesOfOthersThatAreBroken(String name, Kind kind) {
        Corpus.Entry entry =
                Corpus.require()
                        .ofFormat("ova")
                        .filter(each ->
                                each.name().equals(name) || name.startsWith(each.name() + "."))
                        .findFirst()
                        .orElseThrow();
        ImageException e = assertThrows(ImageException.class, () -> read(entry.file(), null));
        assertEquals(kind, e.kind(), e::toString);
    }
}
