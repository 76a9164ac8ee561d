package dev.quarry.formats.raw;

import dev.quarry.image.EditableImage;
import dev.quarry.image.ImageException;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Preallocation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/** Changes a raw image in place: there is nothing but its bytes. */
final class RawEditor implements EditableImage {

    private final OutputFile file;

    RawEditor(OutputFile file) {
        this.file = file;
    }

    @Override
    public long size() {
        try {
            return file.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int unitBytes() {
        return 1;
    }

    @Override
    public Run runAt(long offset, long limit) {
        return new Run(limit, Share.ALL);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        check(offset, source.byteSize());
        file.write(offset, source);
    }

    @Override
    public void zero(long offset, long length) throws IOException {
        check(offset, length);
        file.zero(offset, length);
    }

    private void check(long offset, long length) throws IOException {
        if (offset < 0 || length < 0 || offset > file.size() - length) {
            throw new IndexOutOfBoundsException(
                    length + " bytes at " + offset + " of " + file.size());
        }
    }

    @Override
    public void resize(long size, long backingSize, Preallocation how) throws IOException {
        if (file.isDevice()) {
            throw unsupported("a block device has the size that it has");
        }
        if (how == Preallocation.METADATA) {
            throw unsupported("a raw image has no metadata to preallocate");
        }
        long before = file.size();
        try {
            file.extendTo(size);
            file.preallocate(before, Math.max(0, size - before), how);
        } catch (IOException | RuntimeException e) {
            file.truncate(before);
            throw e;
        }
        file.truncate(size);
    }

    @Override
    public void setBacking(@Nullable String backing, @Nullable String format) throws IOException {
        throw unsupported("a raw image has no backing file");
    }

    @Override
    public void clear() throws IOException {
        throw unsupported("a raw image has no backing file");
    }

    private ImageException unsupported(String why) {
        return new ImageException(ImageException.Kind.UNSUPPORTED, file.name(), -1, why);
    }

    @Override
    public void flush() throws IOException {
        file.sync();
    }

    @Override
    public void finish() throws IOException {
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
