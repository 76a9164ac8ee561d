package dev.quarry.benchmarks.soak;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Writes disks that share much with one another, as images of one family do. */
final class SoakDisk {

    private static final int PIECE_BYTES = 64 << 10;
    private static final int PIECES_MAX = 400;

    /** Of these, packs of large disks are trimmed when others that share some are left. */
    private static final int LARGE_EVERY = 6;

    private static final int LARGE_PIECES_MAX = 1_600;

    /** Of so many different pieces all disks are made. */
    private static final int KINDS = 2_000;

    private SoakDisk() {}

    /**
     * Writes a disk: most of up to 25 MiB, some of up to 100 MiB that have long runs in common.
     *
     * @return the SHA-256 of its bytes, in hex
     */
    static String write(RandomGenerator random, Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] piece = new byte[PIECE_BYTES];
        boolean isLarge = random.nextInt(LARGE_EVERY) == 0;
        int pieces = 1 + random.nextInt(isLarge ? LARGE_PIECES_MAX : PIECES_MAX);
        int run = isLarge ? 100 : 4;
        int kind = random.nextInt(KINDS);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < pieces; i++) {
                kind = random.nextInt(run) == 0 ? random.nextInt(KINDS) : (kind + 1) % KINDS;
                fill(piece, kind);
                digest.update(piece);
                out.write(piece);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void fill(byte[] piece, int kind) {
        switch (kind % 4) {
            case 0 -> Arrays.fill(piece, (byte) 0);
            case 1 -> {
                for (int i = 0; i < piece.length; i++) {
                    piece[i] = (byte) (i / 97 * kind);
                }
            }
            default -> new Random(kind).nextBytes(piece);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The SHA-256 of a file, in hex. */
    static String digestOf(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Deletes a folder and what is in it, if it is there. */
    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
