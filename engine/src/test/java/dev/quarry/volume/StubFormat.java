package dev.quarry.volume;

import dev.quarry.block.BlockTarget;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.OpenOptions;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Stands for a format where launches are tested without one: the disk's bytes behind a line that
 * names its backing file.
 */
final class StubFormat implements ImageFormat {

    private final String name;

    /**
     * @param name raw has no line, as the real one has no header
     */
    StubFormat(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Confidence probe(MemorySegment head, long fileSize) {
        return Confidence.NO;
    }

    @Override
    public ImageInfo inspect(Storage storage) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public DiskImage open(Storage storage, OpenOptions options) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public BlockTarget create(OutputFile file, long size, CreateOptions options)
            throws IOException {
        String line = name.equals("raw") ? "" : "over " + options.backingFile() + "\n";
        byte[] head = line.getBytes(StandardCharsets.UTF_8);
        file.write(0, MemorySegment.ofArray(head));
        boolean isWhole = options.backingFile() == null;
        if (isWhole) {
            file.extendTo(head.length + size);
        }
        return new Target(file, head.length, size);
    }

    private record Target(OutputFile file, int start, long size) implements BlockTarget {

        @Override
        public void write(long offset, MemorySegment source) throws IOException {
            file.write(start + offset, source);
        }

        @Override
        public void zero(long offset, long length) throws IOException {
            file.zero(start + offset, length);
        }

        @Override
        public void commit() throws IOException {
            if (file.size() > start + size) {
                file.zero(start + size, file.size() - start - size);
            }
            file.commit();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
