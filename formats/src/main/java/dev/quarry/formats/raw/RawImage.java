package dev.quarry.formats.raw;

import dev.quarry.image.ImageInfo;
import dev.quarry.image.LayeredImage;
import dev.quarry.image.Mapping;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A raw image: guest offset and host position are one. Holes come from the host file. */
final class RawImage extends LayeredImage {

    private final Storage storage;

    RawImage(Storage storage, ImageInfo info) {
        super(info, null);
        this.storage = storage;
    }

    @Override
    protected List<Storage> storages() {
        return List.of(storage);
    }

    @Override
    protected Mapping lookup(long offset, long limit) {
        return new Mapping.Stored(offset, limit - offset, storage, offset);
    }

    @Override
    protected void decode(Mapping.Encoded encoded, MemorySegment target) {
        throw new AssertionError("nothing is encoded in a raw image");
    }

    @Override
    public void close() throws IOException {
        storage.close();
    }
}
