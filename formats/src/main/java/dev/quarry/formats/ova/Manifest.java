package dev.quarry.formats.ova;

import dev.quarry.formats.ova.TarReader.Member;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The digests of an archive's members, as the member {@code *.mf} states them. */
final class Manifest {

    private static final int BYTES_MAX = 1 << 20;
    private static final int WINDOW_BYTES = 1 << 20;

    /** {@code SHA256(name)= hex}; some write blanks. */
    private static final Pattern LINE =
            Pattern.compile("(SHA1|SHA256|SHA512) ?\\((.+)\\) ?= ?([0-9a-fA-F]+)");

    private static final Map<String, String> ALGORITHMS =
            Map.of("SHA1", "SHA-1", "SHA256", "SHA-256", "SHA512", "SHA-512");

    /** What the manifest says of a member. */
    record Entry(String algorithm, String name, String hex) {}

    private Manifest() {}

    /**
     * Compares every member that the manifest names with its digest.
     *
     * @param findings hears of each that differs or is not there
     * @return members that were compared; 0 if there is no manifest
     */
    static int check(
            Storage storage,
            Map<String, Member> members,
            Consumer<String> findings,
            CancelToken cancel)
            throws IOException {
        int compared = 0;
        for (Member member : members.values()) {
            if (member.name().toLowerCase(Locale.ROOT).endsWith(".mf")) {
                for (Entry entry : read(storage, member)) {
                    compared++;
                    Member named = members.get(entry.name());
                    String name = TarReader.printable(entry.name());
                    if (named == null) {
                        findings.accept(
                                "error: the manifest names '" + name + "', which is not there");
                    } else if (!digest(storage, named, entry.algorithm(), cancel)
                            .equalsIgnoreCase(entry.hex())) {
                        findings.accept(
                                "error: the manifest's "
                                        + entry.algorithm()
                                        + " of '"
                                        + name
                                        + "' differs");
                    }
                }
            }
        }
        return compared;
    }

    private static List<Entry> read(Storage storage, Member member) throws IOException {
        if (member.size() > BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    storage.name(),
                    member.position(),
                    "a manifest of 0x"
                            + Long.toHexString(member.size())
                            + " bytes exceeds 0x"
                            + Integer.toHexString(BYTES_MAX));
        }
        byte[] text = new byte[(int) member.size()];
        storage.read(member.position(), MemorySegment.ofArray(text));
        List<Entry> entries = new ArrayList<>();
        for (String line : new String(text, StandardCharsets.UTF_8).lines().toList()) {
            Matcher matcher = LINE.matcher(line.strip());
            if (matcher.matches()) {
                entries.add(new Entry(matcher.group(1), matcher.group(2), matcher.group(3)));
            } else if (!line.isBlank()) {
                throw new ImageException(
                        Kind.CORRUPT,
                        storage.name(),
                        member.position(),
                        "the manifest has a line that is not understood: '"
                                + TarReader.printable(line)
                                + "'");
            }
        }
        return entries;
    }

    private static String digest(
            Storage storage, Member member, String algorithm, CancelToken cancel)
            throws IOException {
        MessageDigest digest = newDigest(ALGORITHMS.getOrDefault(algorithm, algorithm));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(WINDOW_BYTES);
            for (long done = 0; done < member.size(); done += WINDOW_BYTES) {
                cancel.check();
                MemorySegment part =
                        window.asSlice(0, Math.min(WINDOW_BYTES, member.size() - done));
                storage.read(member.position() + done, part);
                digest.update(part.asByteBuffer());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest newDigest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has " + algorithm, e);
        }
    }
}
