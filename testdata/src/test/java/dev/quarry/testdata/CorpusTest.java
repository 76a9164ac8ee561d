package dev.quarry.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.util.Optional;

final class CorpusTest {

    @Test
    void listsImagesWithWhatIsKnownOfThem() {
        Corpus corpus = Corpus.require();
        for (Corpus.Entry entry : corpus.entries()) {
            assertTrue(Files.isRegularFile(entry.file()), entry::name);
            entry.guestSha256().ifPresent(digest -> assertEquals(64, digest.length()));
        }
        Corpus.Entry basic =
                corpus.ofFormat("qcow2")
                        .filter(entry -> entry.name().equals("dfvfs/ext2.qcow2"))
                        .findFirst()
                        .orElseThrow();
        assertEquals(Optional.of("4194304"), basic.fact("vsize"));
        assertEquals(Optional.empty(), basic.fact("size"));
    }
}
