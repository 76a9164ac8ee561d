package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.testdata.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Images that other projects made: the good ones give their bytes, the bad ones are refused for the
 * right reason.
 */
final class CorpusTest {

    private static final Map<String, Kind> BAD =
            Map.of(
                    "forklift/rdmfile", Kind.UNSUPPORTED,
                    "qemu/afl9.vmdk", Kind.CORRUPT,
                    "vmdk-forensic/ms3-win.vmdk", Kind.REFERENCE_MISSING,
                    "vmdk-forensic/tw_sparse-s001.vmdk", Kind.UNSUPPORTED);

    private static Stream<Corpus.Entry> images() {
        Corpus corpus = Corpus.require();
        return Stream.of("raw", "qcow2", "vmdk").flatMap(corpus::ofFormat);
    }

    private static Stream<Corpus.Entry> good() {
        return images().filter(entry -> entry.guestSha256().isPresent());
    }

    private static Stream<Corpus.Entry> bad() {
        return images().filter(entry -> entry.guestSha256().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("good")
    void goodImagesGiveTheirBytes(Corpus.Entry entry) throws IOException {
        try (DiskImage image = Images.openWithReferences(entry.file())) {
            assertEquals(entry.format(), image.info().format());
            assertEquals(entry.guestSha256().orElseThrow(), Images.sha256(image));
            entry.fact("vsize").ifPresent(size -> assertEquals(Long.parseLong(size), image.size()));
            if (!image.info().formatSpecific().containsKey("extents")
                    || image.info().clusterSize() > 0) {
                entry.fact("cluster")
                        .ifPresent(size ->
                                assertEquals(Long.parseLong(size), image.info().clusterSize()));
            }
            Map<String, Object> specific = image.info().formatSpecific();
            entry.fact("compat").ifPresent(compat -> assertEquals(compat, specific.get("compat")));
            entry.fact("refcount-bits")
                    .ifPresent(bits ->
                            assertEquals(bits, String.valueOf(specific.get("refcount-bits"))));
            entry.fact("createType")
                    .ifPresent(type -> assertEquals(type, specific.get("create-type")));
        }
    }

    @ParameterizedTest
    @MethodSource("bad")
    void badImagesAreRefused(Corpus.Entry entry) {
        Images.assertRefused(BAD.getOrDefault(entry.name(), Kind.CORRUPT), entry.file());
    }

    @Test
    void chainsAreRefusedUnlessTheyAreAllowed() {
        Corpus.Entry overlay =
                images().filter(entry -> entry.name().equals("dissect/backing-chain-1.qcow2"))
                        .findFirst()
                        .orElseThrow();
        ImageException e = assertThrows(ImageException.class, () -> Images.open(overlay.file()));
        assertEquals(Kind.REFERENCE_REFUSED, e.kind());
        assertTrue(e.toString().contains("backing-chain-2.qcow2"), e::toString);
    }

    @Test
    void theFirstQcowIsNotTaken() {
        Corpus.Entry old = Corpus.require().ofFormat("qcow").findFirst().orElseThrow();
        ImageException e =
                assertThrows(ImageException.class, () -> Images.open(old.file(), "qcow2"));
        assertEquals(Kind.UNSUPPORTED, e.kind());
    }
}
