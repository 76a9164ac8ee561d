package dev.quarry.bundle;

import dev.quarry.block.ForwardDisk;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.stream.Compression;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.storage.FileStorage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A bundle whose manifest was read.
 *
 * @param file the manifest's
 * @param manifest what it says
 * @param digest SHA-256 of the manifest, in hex: it stands for the whole bundle, as the manifest
 *     has the digest of every part
 */
public record Bundle(Path file, BundleManifest manifest, String digest) {

    /**
     * Reads a manifest, and looks whether its parts are there.
     *
     * @throws ImageException if it is none, contradicts itself or exceeds a limit
     */
    public static Bundle open(Path file) throws IOException {
        try (FileStorage storage = FileStorage.open(file)) {
            if (storage.size() > BundleManifest.MANIFEST_BYTES_MAX) {
                throw new ImageException(
                        Kind.LIMIT,
                        storage.name(),
                        -1,
                        "a manifest of 0x"
                                + Long.toHexString(storage.size())
                                + " bytes exceeds 0x"
                                + Integer.toHexString(BundleManifest.MANIFEST_BYTES_MAX));
            }
            byte[] xml = new byte[(int) storage.size()];
            storage.read(0, MemorySegment.ofArray(xml));
            BundleManifest manifest = ManifestXml.parse(xml, storage.name());
            for (BundleManifest.Part part : manifest.parts()) {
                storage.openSibling(part.fileName()).close();
            }
            return new Bundle(
                    file, manifest, HexFormat.of().formatHex(BlockHasher.sha256().digest(xml)));
        }
    }

    /** The disk, to be read once and in order; whoever opens it closes it. */
    public ForwardDisk disk() throws IOException {
        ForwardInput parts =
                new ForwardInput(
                        new BundleParts(FileStorage.open(file), manifest), file.toString());
        try {
            return new Disk(Compression.ZSTD.decompress(parts), manifest.sizeBytes());
        } catch (IOException | RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    /** Raw bytes of a size that is known; that they end there is looked at. */
    private static final class Disk implements ForwardDisk {
        private final ForwardInput plain;
        private final long size;

        Disk(ForwardInput plain, long size) {
            this.plain = plain;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public long skipZeros() {
            return 0;
        }

        @Override
        public int read(MemorySegment target) throws IOException {
            long left = size - plain.position();
            if (left == 0) {
                if (plain.read() >= 0) {
                    throw bad(Kind.CORRUPT, "the disk has more bytes than the manifest says");
                }
                return -1;
            }
            int got = plain.read(target.asSlice(0, Math.min(left, target.byteSize())));
            if (got < 0) {
                throw bad(Kind.TRUNCATED, "the disk ends before the size that the manifest says");
            }
            return got;
        }

        private ImageException bad(Kind kind, String reason) {
            return new ImageException(kind, plain.name(), plain.position(), reason);
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }
    }
}
