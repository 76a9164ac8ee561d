package dev.quarry.image;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an image is created.
 *
 * @param backingFile what a new overlay refers to, spelled as it shall stand in the image, or null
 * @param backingFormat the format of {@code backingFile}; required with it, because an unnamed format would have to be guessed
 * @param options format-specific options under qemu-img's names ({@code cluster_size}, {@code compat}, {@code compression_type}); a
 *     format refuses a name that it does not know
 */
public record CreateOptions(@Nullable String backingFile, @Nullable String backingFormat, Map<String, String> options) {

    public CreateOptions {
        if ((backingFile == null) != (backingFormat == null)) {
            throw new IllegalArgumentException("a backing file needs its format, and the other way round");
        }
        options = Map.copyOf(options);
    }

    public static CreateOptions defaults() {
        return new CreateOptions(null, null, Map.of());
    }
}
