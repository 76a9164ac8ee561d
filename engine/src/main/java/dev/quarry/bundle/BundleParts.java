package dev.quarry.bundle;

import dev.quarry.hash.Hash;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * The parts of a bundle, one behind the other. Each is compared with its digest before a byte of it
 * is given out.
 */
final class BundleParts extends InputStream {

    private final Storage manifestFile;
    private final BundleManifest manifest;
    private byte[] part = new byte[0];
    private int at;
    private int next;

    /**
     * @param manifestFile the parts lie beside it; becomes this one's
     */
    BundleParts(Storage manifestFile, BundleManifest manifest) {
        this.manifestFile = manifestFile;
        this.manifest = manifest;
    }

    @Override
    public int read() throws IOException {
        return fill() ? part[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, part.length - at);
        System.arraycopy(part, at, target, offset, count);
        at += count;
        return count;
    }

    private boolean fill() throws IOException {
        if (at < part.length) {
            return true;
        }
        if (next == manifest.parts().size()) {
            return false;
        }
        BundleManifest.Part expected = manifest.parts().get(next);
        try (Storage file = manifestFile.openSibling(expected.fileName())) {
            long bytes = manifest.bytesOf(next);
            if (file.size() != bytes) {
                throw new ImageException(
                        file.size() < bytes ? Kind.TRUNCATED : Kind.CORRUPT,
                        file.name(),
                        -1,
                        "the part has 0x"
                                + Long.toHexString(file.size())
                                + " bytes, not 0x"
                                + Long.toHexString(bytes));
            }
            part = new byte[(int) bytes];
            file.read(0, MemorySegment.ofArray(part));
            Hash sha256 = Hash.sha256();
            sha256.update(part);
            if (!HexFormat.of().formatHex(sha256.digest()).equals(expected.digest())) {
                throw new ImageException(
                        Kind.CORRUPT,
                        file.name(),
                        -1,
                        "the part is not the one that the manifest gives the digest of");
            }
        }
        at = 0;
        next++;
        return true;
    }

    @Override
    public void close() throws IOException {
        manifestFile.close();
    }
}
