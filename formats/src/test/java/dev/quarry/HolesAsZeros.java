package dev.quarry;

import dev.quarry.store.BlobStore;
import dev.quarry.store.ForwardingBlobStore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A local store on a file system that knows no holes, which come about by writing zeros: so the
 * journal of faults sees them, and loses, tears and reorders them.
 */
final class HolesAsZeros extends ForwardingBlobStore {

    private final Path root;

    HolesAsZeros(BlobStore inner, Path root) {
        super(inner);
        this.root = root;
    }

    @Override
    protected void before(Operation operation, String name) {
        // Nothing is disturbed here.
    }

    private boolean hasOneName(String name) throws IOException {
        return (int) Files.getAttribute(root.resolve(name), "unix:nlink") == 1;
    }

    @Override
    public boolean canDiscard(String name) throws IOException {
        return hasOneName(name);
    }

    @Override
    public void discard(String name, long bytes, List<Range> ranges) throws IOException {
        if (!hasOneName(name)) {
            return;
        }
        try (FileChannel file = FileChannel.open(root.resolve(name), StandardOpenOption.WRITE)) {
            for (Range range : ranges) {
                ByteBuffer zeros = ByteBuffer.allocate((int) (range.end() - range.position()));
                file.write(zeros, range.position());
            }
        }
    }
}
