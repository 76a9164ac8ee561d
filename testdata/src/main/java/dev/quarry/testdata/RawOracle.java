package dev.quarry.testdata;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes raw images, with holes where blocks of 4 KiB are zeros. */
public final class RawOracle {

    private static final int BLOCK = 4096;

    private RawOracle() {}

    /** Writes an image of the content, of its exact size. */
    public static void write(Content content, Path target) throws IOException {
        Files.deleteIfExists(target);
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            file.setLength(content.size());
            for (long offset = 0; offset < content.size(); offset += BLOCK) {
                byte[] bytes = content.read(offset, (int) Math.min(BLOCK, content.size() - offset));
                if (!Content.isZero(bytes)) {
                    file.seek(offset);
                    file.write(bytes);
                }
            }
        }
    }
}
