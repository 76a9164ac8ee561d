package dev.quarry.store;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.OnHeapBytes;

/**
 * Makes elastic bytes of Chronicle's, and loads it so that nothing around it can change the JVM.
 *
 * <p>Chronicle makes properties of the JVM of what a file {@code system.properties} says that lies
 * in the working folder or the one above it. Whoever can put one there could have another library
 * loaded with them. It looks nowhere if it is told where its file is: here, and it is empty.
 */
final class ElasticBytes {

    private static final String FILE_PROPERTY = "system.properties";
    private static final String FILE = "dev/quarry/store/chronicle.properties";

    static {
        // Who embeds this may have told it of another.
        boolean isTold = System.getProperty(FILE_PROPERTY) != null;
        if (!isTold) {
            System.setProperty(FILE_PROPERTY, FILE);
        }
        try {
            Bytes.allocateElasticOnHeap(Long.BYTES).writeLong(0).releaseLast();
        } finally {
            if (!isTold) {
                System.clearProperty(FILE_PROPERTY);
            }
        }
    }

    private ElasticBytes() {}

    /** Loads Chronicle, if it is not loaded. */
    static void load() {}

    /** Bytes that grow from this capacity on. */
    static OnHeapBytes allocate(int bytes) {
        return Bytes.allocateElasticOnHeap(bytes);
    }
}
