package dev.quarry.image;

import dev.quarry.storage.Preallocation;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How an image is created.
 *
 * @param backingFile what a new overlay refers to, spelled as it shall stand in the image, or null
 * @param backingFormat the format of {@code backingFile}; required with it, because an unnamed
 *     format would have to be guessed
 * @param options format-specific options under qemu-img's names ({@code cluster_size}, {@code
 *     compat}, {@code compression_type}); a format refuses a name that it does not know
 * @param encoding whether data is compressed
 */
public record CreateOptions(
        @Nullable String backingFile,
        @Nullable String backingFormat,
        Map<String, String> options,
        Encoding encoding) {

    /** How data stands in the image. */
    public enum Encoding {
        /** As the guest sees it, unless the variant of the format is a compressed one. */
        PLAIN,
        /** Compressed; what by, is the format's matter and that of its options. */
        COMPRESSED
    }

    /** Name of the option for {@link #preallocation}. */
    public static final String PREALLOCATION = "preallocation";

    /** Whether a file system that copies on write shall not: nothing here asks one to. */
    private static final String NO_COPY_ON_WRITE = "nocow";

    /** What a file system should allocate at least at once; a hint that changes no content. */
    private static final String EXTENT_SIZE_HINT = "extent_size_hint";

    public CreateOptions {
        if ((backingFile == null) != (backingFormat == null)) {
            throw new IllegalArgumentException(
                    "a backing file needs its format, and the other way round");
        }
        options = Map.copyOf(options);
    }

    /** Options of an image that is not compressed. */
    public CreateOptions(
            @Nullable String backingFile,
            @Nullable String backingFormat,
            Map<String, String> options) {
        this(backingFile, backingFormat, options, Encoding.PLAIN);
    }

    public static CreateOptions defaults() {
        return new CreateOptions(null, null, Map.of());
    }

    public CreateOptions withEncoding(Encoding value) {
        return new CreateOptions(backingFile, backingFormat, options, value);
    }

    /**
     * Refuses to compress.
     *
     * @param resource ends the message
     * @param format name of the format or variant, for the message
     * @throws ImageException of kind UNSUPPORTED if compression is asked for
     */
    public void requirePlain(String resource, String format) throws ImageException {
        if (encoding == Encoding.COMPRESSED) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    resource,
                    -1,
                    format + " has no compression (-c)");
        }
    }

    /**
     * Refuses a backing file.
     *
     * @param resource ends the message
     * @param format name of the format or variant, for the message
     * @throws ImageException of kind UNSUPPORTED if one is asked for
     */
    public void requireNoBacking(String resource, String format) throws ImageException {
        if (backingFile != null) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    resource,
                    -1,
                    format + " is written without a backing file");
        }
    }

    /**
     * What the option {@link #PREALLOCATION} asks for; nothing if it is not there.
     *
     * @param resource ends the message
     * @throws ImageException of kind UNSUPPORTED if the value is none
     */
    public Preallocation preallocation(String resource) throws ImageException {
        String value = options.getOrDefault(PREALLOCATION, Preallocation.OFF.word());
        for (Preallocation each : Preallocation.values()) {
            if (each.word().equals(value)) {
                return each;
            }
        }
        throw new ImageException(
                ImageException.Kind.UNSUPPORTED,
                resource,
                -1,
                "option "
                        + PREALLOCATION
                        + "="
                        + value
                        + " is none of off, metadata, falloc, full");
    }

    /**
     * Whether an option is on; it is off if it is not there.
     *
     * @param resource ends the message
     * @throws ImageException of kind UNSUPPORTED if the value is neither on nor off
     */
    public boolean isOn(String resource, String name) throws ImageException {
        String value = options.getOrDefault(name, "off");
        return switch (value) {
            case "on", "yes", "true", "y" -> true;
            case "off", "no", "false", "n" -> false;
            default -> throw refused(resource, name, "is neither on nor off");
        };
    }

    /**
     * What refuses an option that is there.
     *
     * @param resource ends the message
     * @param name of the option, which the message states with its value
     * @param why ends that sentence
     */
    public ImageException refused(String resource, String name, String why) {
        return new ImageException(
                ImageException.Kind.UNSUPPORTED,
                resource,
                -1,
                "option " + name + "=" + options.get(name) + " " + why);
    }

    /**
     * Reads a size as {@link ByteSize} does.
     *
     * @param resource ends the message
     * @param name of the option
     * @return bytes
     * @throws ImageException of kind UNSUPPORTED if the value is no size
     */
    public static long parseSize(String resource, String name, String value) throws ImageException {
        long bytes = ByteSize.parse(value);
        if (bytes < 0) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    resource,
                    -1,
                    "option " + name + "=" + value + " is no size");
        }
        return bytes;
    }

    /**
     * Refuses options that a format does not have, and what all formats have and nothing does.
     *
     * @param resource ends the message
     * @param format name of the format, for the message
     * @param known names of the options that it has
     * @throws ImageException of kind UNSUPPORTED, naming the first option that is not known
     */
    public void requireKnown(String resource, String format, Set<String> known)
            throws ImageException {
        for (Map.Entry<String, String> option : new TreeMap<>(options).entrySet()) {
            String name = option.getKey();
            if (name.equals(NO_COPY_ON_WRITE)) {
                if (isOn(resource, name)) {
                    throw refused(resource, name, "is not asked of the file system");
                }
            } else if (name.equals(EXTENT_SIZE_HINT)) {
                parseSize(resource, name, option.getValue());
            } else if (!known.contains(name)) {
                throw new ImageException(
                        ImageException.Kind.UNSUPPORTED,
                        resource,
                        -1,
                        "unknown option '"
                                + name
                                + "' for "
                                + format
                                + (known.isEmpty()
                                        ? ", which has none"
                                        : " (known: "
                                                + String.join(", ", new TreeSet<>(known))
                                                + ")"));
            }
        }
    }
}
