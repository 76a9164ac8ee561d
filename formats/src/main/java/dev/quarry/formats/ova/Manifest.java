package dev.quarry.formats.ova;

import dev.quarry.formats.ova.OvfDescriptor.FileReference;
import dev.quarry.hash.Hash;
import dev.quarry.image.ForeignText;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares an appliance's files with its manifest, which states a digest of each. */
final class Manifest {

    private static final int BYTES_MAX = 1 << 20;
    private static final int WINDOW_BYTES = 1 << 20;

    /** {@code SHA256(name)= hex}; some write blanks. */
    private static final Pattern LINE =
            Pattern.compile("([A-Za-z0-9_/-]{1,20}) ?\\((.+)\\) ?= ?([0-9a-fA-F]+)");

    /** Names in the JDK by those in manifests. */
    private static final Map<String, String> ALGORITHMS =
            Map.of("SHA1", "SHA-1", "SHA256", "SHA-256", "SHA384", "SHA-384", "SHA512", "SHA-512");

    /** What the manifest says of a file. */
    private record Entry(String algorithm, String name, String hex) {}

    private final Appliance appliance;
    private final Consumer<String> findings;
    private final CancelToken cancel;

    /** By algorithm and file: a manifest may name a file in each of its lines. */
    private final Map<String, String> digests = new HashMap<>();

    /** Files that were not compared because the algorithm of their digest is not known. */
    private long unknown;

    /**
     * @param findings hears of each file that differs, is not there or is not named, and of each
     *     whose digest cannot be compared
     */
    Manifest(Appliance appliance, Consumer<String> findings, CancelToken cancel) {
        this.appliance = appliance;
        this.findings = findings;
        this.cancel = cancel;
    }

    /**
     * What came of it.
     *
     * @param isThere whether there is a manifest
     * @param unknown files that could not be compared; each is a finding
     */
    record Outcome(boolean isThere, long unknown) {}

    Outcome check() throws IOException {
        Storage file = appliance.manifest();
        if (file == null) {
            return new Outcome(false, 0);
        }
        List<Entry> entries;
        try {
            entries = read(file);
        } finally {
            appliance.close(file);
        }
        Set<String> named = new HashSet<>();
        for (Entry entry : entries) {
            named.addAll(Appliance.spellings(appliance.withoutFolder(entry.name())));
            compare(entry);
        }
        expectNamed(named, appliance.descriptorName());
        for (FileReference each : appliance.files()) {
            expectNamed(named, each.href());
        }
        return new Outcome(true, unknown);
    }

    private void expectNamed(Set<String> named, String name) {
        if (Appliance.spellings(name).stream().noneMatch(named::contains)) {
            findings.accept(
                    "error: the manifest does not name '" + ForeignText.printable(name) + "'");
        }
    }

    private void compare(Entry entry) throws IOException {
        String shown = "'" + ForeignText.printable(entry.name()) + "'";
        String algorithm = ALGORITHMS.get(entry.algorithm());
        Storage file = appliance.find(entry.name());
        if (file == null) {
            findings.accept("error: the manifest names " + shown + ", which is not there");
            return;
        }
        try {
            if (algorithm == null) {
                unknown++;
                findings.accept(
                        "error: "
                                + shown
                                + " was not compared: its digest in the manifest is of the unknown"
                                + " algorithm "
                                + entry.algorithm());
            } else if (!knownDigest(file, algorithm).equalsIgnoreCase(entry.hex())) {
                findings.accept(
                        "error: the manifest's " + entry.algorithm() + " of " + shown + " differs");
            }
        } finally {
            appliance.close(file);
        }
    }

    private static List<Entry> read(Storage file) throws IOException {
        if (file.size() > BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    "a manifest of 0x"
                            + Long.toHexString(file.size())
                            + " bytes exceeds 0x"
                            + Integer.toHexString(BYTES_MAX));
        }
        byte[] text = new byte[(int) file.size()];
        file.read(0, MemorySegment.ofArray(text));
        List<Entry> entries = new ArrayList<>();
        for (String line : new String(text, StandardCharsets.UTF_8).lines().toList()) {
            Matcher matcher = LINE.matcher(line.strip());
            if (matcher.matches()) {
                entries.add(new Entry(matcher.group(1), matcher.group(2), matcher.group(3)));
            } else if (!line.isBlank()) {
                throw new ImageException(
                        Kind.CORRUPT,
                        file.name(),
                        -1,
                        "the manifest has a line that is not understood: '"
                                + ForeignText.printable(line)
                                + "'");
            }
        }
        return entries;
    }

    private String knownDigest(Storage file, String algorithm) throws IOException {
        String key = algorithm + " " + file.name();
        String digest = digests.get(key);
        if (digest == null) {
            digest = digest(file, algorithm);
            digests.put(key, digest);
        }
        return digest;
    }

    private String digest(Storage file, String algorithm) throws IOException {
        Hash digest = Hash.of(algorithm);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(WINDOW_BYTES);
            for (long done = 0; done < file.size(); done += WINDOW_BYTES) {
                cancel.check();
                MemorySegment part = window.asSlice(0, Math.min(WINDOW_BYTES, file.size() - done));
                file.read(done, part);
                digest.update(part);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
