package dev.quarry.cli.frame;

import dev.quarry.secret.KeySource;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads keys and passphrases. They come from files: what stands on a command line, everybody sees.
 */
public final class KeyFiles {

    private KeyFiles() {}

    /**
     * @param keyFile a file with a key, or null
     * @param passphraseFile a file with a passphrase, or null
     * @return null where there is neither
     */
    public static @Nullable KeySource read(
            @Nullable String keyFile, @Nullable String passphraseFile) throws IOException {
        if (keyFile != null && passphraseFile != null) {
            throw new UsageException("a key file and a passphrase file exclude one another");
        }
        try {
            if (keyFile != null) {
                return KeySource.keyFile(bytes(keyFile));
            }
            return passphraseFile == null ? null : KeySource.passphrase(bytes(passphraseFile));
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    e.getMessage() + ": " + (keyFile == null ? passphraseFile : keyFile));
        }
    }

    private static byte[] bytes(String file) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(KeySource.BYTES_MAX + 1);
            if (bytes.length > KeySource.BYTES_MAX) {
                throw new UsageException(
                        "more than " + KeySource.BYTES_MAX + " bytes are no key: " + file);
            }
            return bytes;
        }
    }
}
