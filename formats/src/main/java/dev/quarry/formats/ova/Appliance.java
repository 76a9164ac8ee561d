package dev.quarry.formats.ova;

import dev.quarry.formats.ova.OvfDescriptor.Disk;
import dev.quarry.formats.ova.OvfDescriptor.FileReference;
import dev.quarry.formats.ova.TarReader.Member;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An OVF descriptor with its files, which are members of an archive or lie beside it. Its storage
 * stays the caller's.
 */
final class Appliance {

    private static final String HERE = "./";

    private final Storage storage;

    /** By name, in their order; null if the storage is the descriptor itself. */
    private final @Nullable Map<String, Member> members;

    private final OvfDescriptor descriptor;

    private Appliance(
            Storage storage, @Nullable Map<String, Member> members, OvfDescriptor descriptor) {
        this.storage = storage;
        this.members = members;
        this.descriptor = descriptor;
    }

    static Appliance read(Storage storage) throws IOException {
        if (!isArchive(storage)) {
            return new Appliance(storage, null, parse(storage, 0, storage.size()));
        }
        Map<String, Member> members = TarReader.list(storage);
        for (Member member : members.values()) {
            if (isDescriptor(member.name())) {
                return new Appliance(
                        storage, members, parse(storage, member.position(), member.size()));
            }
        }
        throw new ImageException(
                Kind.CORRUPT, storage.name(), -1, "the archive has no OVF descriptor (*.ovf)");
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

    @Nullable Map<String, Member> members() {
        return members;
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
                        .map(disk -> TarReader.printable(disk.name()))
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
                            + TarReader.printable(file.compression())
                            + "), which is not read");
        }
        if (file.chunkSize() != null) {
            throw bad(Kind.UNSUPPORTED, disk, "is cut into chunks, which are not read");
        }
        String href = file.href();
        if (members == null) {
            return openBeside(disk, href);
        }
        for (String name : spellings(href)) {
            Member member = members.get(name);
            if (member != null) {
                return new StorageSlice(
                        storage,
                        member.position(),
                        member.size(),
                        storage.name() + ":" + TarReader.printable(name));
            }
        }
        throw bad(Kind.REFERENCE_MISSING, disk, "is not in the archive");
    }

    private Storage openBeside(Disk disk, String href) throws IOException {
        for (String name : spellings(href)) {
            if (name.startsWith(HERE)) {
                continue;
            }
            try {
                return storage.openSibling(name);
            } catch (NoSuchFileException e) {
                // Perhaps the name is meant otherwise.
            }
        }
        throw bad(Kind.REFERENCE_MISSING, disk, "is not beside the descriptor");
    }

    /** As it stands there; in its place from here; and with its escapes read. */
    private static List<String> spellings(String href) {
        Map<String, Boolean> names = new LinkedHashMap<>();
        names.put(href, true);
        names.put(HERE + href, true);
        if (href.contains("%")) {
            try {
                // A plus is no blank in a path.
                names.put(
                        URLDecoder.decode(href.replace("+", "%2B"), StandardCharsets.UTF_8), true);
            } catch (IllegalArgumentException e) {
                // A percent sign that stands for itself.
            }
        }
        return List.copyOf(names.keySet());
    }

    private ImageException bad(Kind kind, Disk disk, String what) {
        return new ImageException(
                kind,
                storage.name(),
                -1,
                "the disk '" + TarReader.printable(disk.name()) + "' " + what);
    }
}
