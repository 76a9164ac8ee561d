package dev.quarry.cli.frame;

import org.jspecify.annotations.Nullable;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Standard output, which knows why something could not be written. For one thread. */
final class ResultStream extends PrintStream {

    private static final int BUFFER_BYTES = 1 << 13;

    private final Descriptor descriptor;

    private ResultStream(Descriptor descriptor) {
        super(new BufferedOutputStream(descriptor, BUFFER_BYTES), false, StandardCharsets.UTF_8);
        this.descriptor = descriptor;
    }

    static ResultStream ofProcess() {
        return new ResultStream(new Descriptor());
    }

    /** What stopped the first write that failed, or null. */
    @Nullable IOException failure() {
        return descriptor.failure;
    }

    private static final class Descriptor extends OutputStream {
        private final FileOutputStream file = new FileOutputStream(FileDescriptor.out);
        private @Nullable IOException failure;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            try {
                file.write(bytes, from, count);
            } catch (IOException e) {
                failure = failure == null ? e : failure;
                throw e;
            }
        }
    }
}
