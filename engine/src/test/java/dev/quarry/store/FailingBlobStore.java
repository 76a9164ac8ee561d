package dev.quarry.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Fails at the n-th change, before or after it happened, and at every one that follows: what a
 * process leaves that is killed there. Thread-safe.
 */
public final class FailingBlobStore extends ForwardingBlobStore {

    /** What the store says when it fails. */
    public static final class Killed extends IOException {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed");
        }
    }

    private final AtomicInteger left;

    /**
     * @param changes that still work, each counted twice: before it and after it
     */
    public FailingBlobStore(BlobStore inner, int changes) {
        super(inner);
        this.left = new AtomicInteger(changes);
    }

    private void step() throws Killed {
        if (left.getAndDecrement() <= 0) {
            left.set(0);
            throw new Killed();
        }
    }

    /** Whether it never came to failing. */
    public boolean isSpared() {
        return left.get() > 0;
    }

    @Override
    protected void before(Operation operation, String name) throws IOException {
        if (operation.isWrite()) {
            step();
        } else if (left.get() <= 0) {
            throw new Killed();
        }
    }

    @Override
    protected void after(Operation operation, String name) throws IOException {
        if (operation.isWrite()) {
            step();
        }
    }

    @Override
    public BlobWriter newBlob() throws IOException {
        step();
        BlobWriter writer = super.newBlob();
        return new BlobWriter() {
            @Override
            public void write(long position, MemorySegment source) throws IOException {
                writer.write(position, source);
            }

            @Override
            public void seal() throws IOException {
                writer.seal();
            }

            @Override
            public Blob open() throws IOException {
                return writer.open();
            }

            @Override
            public void publish(String name) throws IOException {
                step();
                writer.publish(name);
                step();
            }

            @Override
            public void close() throws IOException {
                writer.close();
            }
        };
    }
}
