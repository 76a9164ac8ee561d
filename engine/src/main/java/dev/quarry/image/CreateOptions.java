package dev.quarry.image;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How an image is created.
 *
 * @param backingFile what a new overlay refers to, spelled as it shall stand in the image, or null
 * @param backingFormat the format of {@code backingFile}; required with it, because an unnamed
 *     format would have to be guessed
 * @param options format-specific options under qemu-img's names ({@code cluster_size}, {@code
 *     compat}, {@code compression_type}); a format refuses a name that it does not know
 */
public record CreateOptions(
        @Nullable String backingFile, @Nullable String backingFormat, Map<String, String> options) {

    public CreateOptions {
        if ((backingFile == null) != (backingFormat == null)) {
            throw new IllegalArgumentException(
                    "a backing file needs its format, and the other way round");
        }
        options = Map.copyOf(options);
    }

    public static CreateOptions defaults() {
        return new CreateOptions(null, null, Map.of());
    }

    /**
     * Refuses options that a format does not have.
     *
     * @param resource ends the message
     * @param format name of the format, for the message
     * @param known names of the options that it has
     * @throws ImageException of kind UNSUPPORTED, naming the first option that is not known
     */
    public void requireKnown(String resource, String format, Set<String> known)
            throws ImageException {
        for (String name : new TreeSet<>(options.keySet())) {
            if (!known.contains(name)) {
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
