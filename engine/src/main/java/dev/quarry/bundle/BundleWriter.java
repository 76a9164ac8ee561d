package dev.quarry.bundle;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.catalog.model.Architecture;
import dev.quarry.hash.Hash;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Writes bundles: the parts, and last the manifest, without which they are none. For one thread.
 */
public final class BundleWriter {

    private static final String MANIFEST_ENDING = ".manifest.xml";
    private static final String PART_ENDING = ".part.";
    private static final int WINDOW_BYTES = 1 << 20;

    /** As fast as the disk is read here, and near what level 6 comes to. */
    private static final int ZSTD_LEVEL = 3;

    private BundleWriter() {}

    /**
     * What goes into the manifest beside the disk.
     *
     * @param imageName stem of the files' names; letters, digits and {@code . _ -}
     * @param user account that bundles
     * @param architecture of the machine
     * @param rootDeviceName device of the disk
     * @param instanceStore other devices to {@code ephemeralN}; nothing else can be mapped (4.6.3)
     */
    public record Description(
            String imageName,
            String user,
            Architecture architecture,
            String rootDeviceName,
            Map<String, String> instanceStore) {}

    /**
     * Bundles a disk.
     *
     * @param folder made where it is missing; when this throws, the files that it made are gone and
     *     those that were there are as they were
     * @return the manifest
     * @throws ImageException of kind LIMIT if the disk is larger than instance-store roots may be
     */
    public static Bundle write(
            BlockSource disk,
            Description description,
            Path folder,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        if (disk.size() > BundleManifest.DISK_BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    folder.toString(),
                    -1,
                    "a disk of 0x"
                            + Long.toHexString(disk.size())
                            + " bytes exceeds 0x"
                            + Long.toHexString(BundleManifest.DISK_BYTES_MAX)
                            + ", the most that the root of an instance-store image may have");
        }
        Files.createDirectories(folder);
        Path file = folder.resolve(description.imageName() + MANIFEST_ENDING);
        requireFree(file);
        Parts parts = new Parts(folder, description.imageName());
        try {
            try (ZstdOutputStreamNoFinalizer zstd =
                    new ZstdOutputStreamNoFinalizer(parts, ZSTD_LEVEL)) {
                zstd.setChecksum(true);
                feed(disk, zstd, listener, cancel);
            }
            byte[] xml = ManifestXml.write(manifest(description, disk.size(), parts));
            try (OutputFile output = OutputFile.create(file)) {
                output.write(0, MemorySegment.ofArray(xml));
                output.commit();
            }
        } catch (IOException | RuntimeException e) {
            parts.remove(e);
            throw e;
        }
        return Bundle.open(file);
    }

    private static void requireFree(Path file) throws FileAlreadyExistsException {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString(), null, "is there already");
        }
    }

    private static BundleManifest manifest(Description description, long size, Parts parts) {
        return new BundleManifest(
                description.imageName(),
                description.user(),
                description.architecture(),
                description.rootDeviceName(),
                description.instanceStore(),
                size,
                parts.bytes,
                parts.list);
    }

    private static void feed(
            BlockSource disk, OutputStream out, ProgressListener listener, CancelToken cancel)
            throws IOException {
        byte[] window = new byte[WINDOW_BYTES];
        long size = disk.size();
        for (long offset = 0; offset < size; ) {
            cancel.check();
            Extent extent = disk.extentAt(offset, Math.min(size, offset + WINDOW_BYTES));
            int length = (int) extent.length();
            if (extent.kind() == Extent.Kind.DATA) {
                disk.read(offset, MemorySegment.ofArray(window).asSlice(0, length));
            } else {
                Arrays.fill(window, 0, length, (byte) 0);
            }
            out.write(window, 0, length);
            offset += length;
            listener.progress(offset, size);
        }
    }

    /** Cuts what is written into files. */
    private static final class Parts extends OutputStream {
        private final Path folder;
        private final String stem;
        private final byte[] part = new byte[BundleManifest.PART_BYTES];
        private final List<BundleManifest.Part> list = new ArrayList<>();
        private int filled;
        private long bytes;

        Parts(Path folder, String stem) {
            this.folder = folder;
            this.stem = stem;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            for (int done = 0; done < length; ) {
                if (filled == part.length) {
                    end();
                }
                int count = Math.min(length - done, part.length - filled);
                System.arraycopy(source, offset + done, part, filled, count);
                filled += count;
                done += count;
            }
        }

        private void end() throws IOException {
            String name = stem + PART_ENDING + String.format("%02d", list.size());
            Hash digest = Hash.sha256();
            digest.update(part, 0, filled);
            Path file = folder.resolve(name);
            requireFree(file);
            try (OutputFile output = OutputFile.create(file)) {
                output.write(0, MemorySegment.ofArray(part).asSlice(0, filled));
                output.commit();
            }
            list.add(new BundleManifest.Part(name, HexFormat.of().formatHex(digest.digest())));
            bytes += filled;
            filled = 0;
        }

        @Override
        public void close() throws IOException {
            if (filled > 0) {
                end();
            }
        }

        void remove(Exception failure) {
            for (BundleManifest.Part each : list) {
                try {
                    Files.deleteIfExists(folder.resolve(each.fileName()));
                } catch (IOException e) {
                    failure.addSuppressed(e);
                }
            }
        }
    }
}
