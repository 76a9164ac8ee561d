package dev.quarry.store;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Closes several things, all of them, whatever happens. */
final class Closing {

    private Closing() {}

    /** Closes all and throws the first failure, the others suppressed. */
    static void all(List<? extends Closeable> closeables) throws IOException {
        @Nullable IOException failure = null;
        for (Closeable closeable : closeables) {
            try {
                closeable.close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
