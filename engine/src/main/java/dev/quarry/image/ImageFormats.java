package dev.quarry.image;

import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** The formats at hand, and detection among them. Immutable. */
public final class ImageFormats {

    /**
     * Bytes that {@link ImageFormat#probe} sees; a descriptor's signature stands in its first
     * lines.
     */
    public static final int PROBE_BYTES = 4096;

    private static final AtomicReference<@Nullable ImageFormats> INSTALLED =
            new AtomicReference<>();

    private final List<ImageFormat> formats;

    private ImageFormats(List<ImageFormat> formats) {
        this.formats = List.copyOf(formats);
    }

    /**
     * The formats that {@link #install} was given, or those that the class path offers, looked for
     * once: that opens each of its jars, which takes 20 to 30 ms.
     */
    public static ImageFormats installed() {
        ImageFormats formats = INSTALLED.get();
        if (formats != null) {
            return formats;
        }
        List<ImageFormat> found = new ArrayList<>();
        ServiceLoader.load(ImageFormat.class, ImageFormats.class.getClassLoader())
                .forEach(found::add);
        formats = new ImageFormats(found);
        ImageFormats first = INSTALLED.compareAndExchange(null, formats);
        return first == null ? formats : first;
    }

    /**
     * Says what {@link #installed} returns, for a program that knows its formats and has no time to
     * look for them. Without effect once there are some.
     */
    public static void install(ImageFormats formats) {
        INSTALLED.compareAndSet(null, formats);
    }

    public static ImageFormats of(ImageFormat... formats) {
        return new ImageFormats(List.of(formats));
    }

    /** Whether {@link #named} knows the name. */
    public boolean has(String name) {
        return formats.stream().anyMatch(format -> format.name().equals(name));
    }

    /**
     * Returns a format by its name.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public ImageFormat named(String name) {
        for (ImageFormat format : formats) {
            if (format.name().equals(name)) {
                return format;
            }
        }
        throw new IllegalArgumentException(
                "unknown format '" + name + "' (known: " + names() + ")");
    }

    /** Names of all formats, for messages. */
    public String names() {
        return formats.stream().map(ImageFormat::name).sorted().collect(Collectors.joining(", "));
    }

    /** What {@link #detect} found. */
    public record Detection(ImageFormat format, ImageFormat.Confidence confidence) {

        /**
         * Whether the format was taken only because nothing else matched, which the user must be
         * told.
         */
        public boolean isGuess() {
            return confidence != ImageFormat.Confidence.CERTAIN;
        }
    }

    /**
     * Finds the format of an image that nobody but its user has written to. Never call this for a
     * disk that a guest could write: a raw disk can be made to begin like any other format.
     *
     * @throws ImageException of kind FOREIGN if no format takes it
     */
    public Detection detect(Storage storage) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(Math.min(PROBE_BYTES, storage.size()));
            storage.read(0, head);
            return detect(head, storage.size(), storage.name());
        }
    }

    /**
     * As {@link #detect(Storage)}, of a file of which only the beginning is there.
     *
     * @param head the first bytes, {@link #PROBE_BYTES} of them unless the file has fewer
     * @param fileSize bytes of the whole file, or {@link Long#MAX_VALUE} if nobody knows
     * @param name ends messages
     */
    public Detection detect(MemorySegment head, long fileSize, String name) throws ImageException {
        Detection best = null;
        for (ImageFormat format : formats) {
            ImageFormat.Confidence confidence = format.probe(head.asReadOnly(), fileSize);
            if (confidence != ImageFormat.Confidence.NO
                    && (best == null || confidence.compareTo(best.confidence()) > 0)) {
                best = new Detection(format, confidence);
            }
        }
        if (best == null) {
            throw new ImageException(
                    ImageException.Kind.FOREIGN,
                    name,
                    -1,
                    "is no image of a known format (" + names() + ")");
        }
        String foreign = best.isGuess() ? ForeignFiles.describe(head) : null;
        if (foreign != null) {
            throw new ImageException(
                    ImageException.Kind.FOREIGN,
                    name,
                    -1,
                    "is " + foreign + "; name the format (-f raw) to take its bytes as a disk");
        }
        return best;
    }
}
