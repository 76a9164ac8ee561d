package dev.quarry.formats.ova;

import dev.quarry.formats.ova.OvfDescriptor.Disk;
import dev.quarry.formats.ova.OvfDescriptor.FileReference;
import dev.quarry.formats.ova.TarReader.Member;
import dev.quarry.image.ForeignText;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.Storage;
import dev.quarry.storage.StorageSlice;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An OVF descriptor with its files, which are members of an archive or lie beside it. Its storage
 * stays the caller's.
 */
final class Appliance {

    private static final String HERE = "./";
    private static final String MANIFEST_ENDING = ".mf";

    private final Storage storage;

    /** By name, in their order; null if the storage is the descriptor itself. */
    private final @Nullable Map<String, Member> members;

    /** Of the descriptor in the archive, with a slash at the end, or empty. */
    private final String folder;

    private final String descriptorName;
    private final OvfDescriptor descriptor;

    private Appliance(
            Storage storage,
            @Nullable Map<String, Member> members,
            String folder,
            String descriptorName,
            OvfDescriptor descriptor) {
        this.storage = storage;
        this.members = members;
        this.folder = folder;
        this.descriptorName = descriptorName;
        this.descriptor = descriptor;
    }

    static Appliance read(Storage storage) throws IOException {
        if (!isArchive(storage)) {
            String path = storage.name();
            return new Appliance(
                    storage,
                    null,
                    "",
                    path.substring(path.lastIndexOf('/') + 1),
                    parse(storage, 0, storage.size()));
        }
        Map<String, Member> members = TarReader.list(storage);
        for (Member member : members.values()) {
            if (isDescriptor(member.name())) {
                int end = member.name().lastIndexOf('/') + 1;
                String folder = member.name().substring(0, end);
                return new Appliance(
                        storage,
                        relativeTo(folder, members),
                        folder,
                        member.name().substring(end),
                        parse(storage, member.position(), member.size()));
            }
        }
        throw new ImageException(
                Kind.CORRUPT, storage.name(), -1, "the archive has no OVF descriptor (*.ovf)");
    }

    /** Members of a folder without it, and the others that have no name of theirs. */
    private static Map<String, Member> relativeTo(String folder, Map<String, Member> members) {
        Map<String, Member> relative = new LinkedHashMap<>();
        members.forEach((name, member) -> {
            if (name.startsWith(folder)) {
                String rest = name.substring(folder.length());
                relative.put(rest, new Member(rest, member.position(), member.size()));
            }
        });
        members.forEach(relative::putIfAbsent);
        return relative;
    }

    private static boolean isArchive(Storage storage) throws IOException {
        byte[] head = new byte[(int) Math.min(TarLayout.BLOCK_BYTES, storage.size())];
        storage.read(0, MemorySegment.ofArray(head));
        return TarReader.isHeader(head);
    }

    static boolean isDescriptor(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".ovf");
    }

    private static OvfDescriptor parse(Storage storage, long position, long size)
            throws IOException {
        if (size > OvfDescriptor.BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    storage.name(),
                    position,
                    "an OVF descriptor of 0x"
                            + Long.toHexString(size)
                            + " bytes exceeds 0x"
                            + Integer.toHexString(OvfDescriptor.BYTES_MAX));
        }
        byte[] xml = new byte[(int) size];
        storage.read(position, MemorySegment.ofArray(xml));
        return OvfDescriptor.parse(xml, storage.name());
    }

    List<Disk> disks() {
        return descriptor.disks();
    }

    List<FileReference> files() {
        return descriptor.files();
    }

    /** Whether the files are members of an archive. */
    boolean isArchive() {
        return members != null;
    }

    /** A name without the descriptor's folder, in which files are looked for. */
    String withoutFolder(String name) {
        return name.startsWith(folder) ? name.substring(folder.length()) : name;
    }

    /** Its file's name, without a folder. */
    String descriptorName() {
        return descriptorName;
    }

    /**
     * Opens the manifest: what is called as the descriptor, with another ending. An archive's is
     * any member with that ending.
     *
     * @return null if there is none
     */
    @Nullable Storage manifest() throws IOException {
        int end = descriptorName.lastIndexOf('.');
        String stem = end < 0 ? descriptorName : descriptorName.substring(0, end);
        Storage found = find(stem + MANIFEST_ENDING);
        if (found == null && members != null) {
            for (Member member : members.values()) {
                if (member.name().toLowerCase(Locale.ROOT).endsWith(MANIFEST_ENDING)) {
                    return slice(member);
                }
            }
        }
        return found;
    }

    /**
     * The disk that is asked for: by its file's name, its id, or as the only one.
     *
     * @param name or null for the only one
     */
    Disk disk(@Nullable String name) throws ImageException {
        List<Disk> found =
                disks().stream()
                        .filter(disk ->
                                name == null || name.equals(disk.name()) || name.equals(disk.id()))
                        .toList();
        if (found.size() == 1) {
            return found.getFirst();
        }
        String names =
                disks().stream()
                        .map(disk -> ForeignText.printable(disk.name()))
                        .collect(Collectors.joining(", "));
        throw new ImageException(
                Kind.UNSUPPORTED,
                storage.name(),
                -1,
                disks().isEmpty()
                        ? "the appliance has no disk"
                        : name == null
                                ? "the appliance has several disks (" + names + "); name one"
                                : "the appliance has no disk '" + name + "', but " + names);
    }

    /** Opens what holds a disk; a slice closes with the appliance's storage. */
    Storage open(Disk disk) throws IOException {
        FileReference file = disk.file();
        if (file == null) {
            throw bad(Kind.UNSUPPORTED, disk, "is empty and has no file");
        }
        if (disk.parent() != null) {
            throw bad(Kind.UNSUPPORTED, disk, "is a delta to another one, which is not read");
        }
        if (file.compression() != null && !file.compression().equals("identity")) {
            throw bad(
                    Kind.UNSUPPORTED,
                    disk,
                    "is compressed as a file ("
                            + ForeignText.printable(file.compression())
                            + "), which is not read");
        }
        if (file.chunkSize() != null) {
            throw bad(Kind.UNSUPPORTED, disk, "is cut into chunks, which are not read");
        }
        Storage found = find(file.href());
        if (found == null) {
            throw bad(
                    Kind.REFERENCE_MISSING,
                    disk,
                    isArchive() ? "is not in the archive" : "is not beside the descriptor");
        }
        return found;
    }

    /**
     * Opens a file of the appliance. What is a member closes with the appliance's storage; see
     * {@link #close}.
     *
     * @param name as the descriptor or the manifest spells it
     * @return null if it is not there
     */
    @Nullable Storage find(String name) throws IOException {
        for (String spelling : spellings(name)) {
            Member member = members == null ? null : members.get(spelling);
            if (member != null) {
                return slice(member);
            }
            // What is elsewhere is not beside the descriptor.
            if (members == null && !spelling.contains("/")) {
                try {
                    return storage.openSibling(spelling);
                } catch (NoSuchFileException e) {
                    // Perhaps the name is meant otherwise.
                }
            }
        }
        return null;
    }

    private Storage slice(Member member) {
        return new StorageSlice(
                storage,
                member.position(),
                member.size(),
                storage.name() + ":" + ForeignText.printable(member.name()));
    }

    /**
     * Closes what {@link #find}, {@link #manifest} or {@link #open} opened, unless it is a part of
     * the archive.
     */
    void close(Storage file) throws IOException {
        if (!isArchive()) {
            file.close();
        }
    }

    /** As it stands there; with its escapes read; and each of them with and without its place. */
    static Set<String> spellings(String name) {
        String bare = name.startsWith(HERE) ? name.substring(HERE.length()) : name;
        Set<String> names = new LinkedHashSet<>(List.of(name, bare, HERE + bare));
        if (bare.contains("%")) {
            try {
                // A plus is no blank in a path.
                String plain = URLDecoder.decode(bare.replace("+", "%2B"), StandardCharsets.UTF_8);
                names.add(plain);
                names.add(HERE + plain);
            } catch (IllegalArgumentException e) {
                // A percent sign that stands for itself.
            }
        }
        return names;
    }

    private ImageException bad(Kind kind, Disk disk, String what) {
        return new ImageException(
                kind,
                storage.name(),
                -1,
                "the disk '" + ForeignText.printable(disk.name()) + "' " + what);
    }
}
