package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a qcow2 image is written, from options under qemu-img's names.
 *
 * @param version 2 ({@code compat=0.10}) or 3 ({@code compat=1.1}, the default)
 * @param clusterBits from {@code cluster_size}, 64 KiB unless told
 * @param backingFile as it shall stand in the image, or null
 * @param backingFormat its format, or null
 */
record Qcow2CreateOptions(
        int version,
        int clusterBits,
        @Nullable String backingFile,
        @Nullable String backingFormat) {

    private static final String CLUSTER_SIZE = "cluster_size";
    private static final String COMPAT = "compat";
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([kKmM]?)");

    static Qcow2CreateOptions parse(CreateOptions options, String resource) throws ImageException {
        options.requireKnown(resource, Qcow2Format.NAME, Set.of(CLUSTER_SIZE, COMPAT));
        Qcow2CreateOptions parsed =
                new Qcow2CreateOptions(
                        version(options, resource),
                        clusterBits(options, resource),
                        options.backingFile(),
                        options.backingFormat());
        parsed.checkBacking(resource);
        return parsed;
    }

    private static int version(CreateOptions options, String resource) throws ImageException {
        String compat = options.options().getOrDefault(COMPAT, "1.1");
        return switch (compat) {
            case "1.1", "v3" -> 3;
            case "0.10", "v2" -> 2;
            default -> throw refused(resource, COMPAT, compat, "is neither 0.10 nor 1.1");
        };
    }

    private static int clusterBits(CreateOptions options, String resource) throws ImageException {
        String value = options.options().get(CLUSTER_SIZE);
        if (value == null) {
            return CLUSTER_BITS_DEFAULT;
        }
        Matcher matcher = SIZE.matcher(value);
        if (!matcher.matches()) {
            throw refused(resource, CLUSTER_SIZE, value, "is no size");
        }
        int shift =
                switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
                    case "k" -> 10;
                    case "m" -> 20;
                    default -> 0;
                };
        long bytes = Long.parseLong(matcher.group(1)) << shift;
        if (Long.bitCount(bytes) != 1
                || bytes < 1L << CLUSTER_BITS_MIN
                || bytes > 1L << CLUSTER_BITS_MAX) {
            throw refused(resource, CLUSTER_SIZE, value, "is no power of two from 512 to 2M");
        }
        return Long.numberOfTrailingZeros(bytes);
    }

    private void checkBacking(String resource) throws ImageException {
        if (backingFile == null || backingFormat == null) {
            return;
        }
        int nameBytes = backingFile.getBytes(StandardCharsets.UTF_8).length;
        int formatBytes = backingFormat.getBytes(StandardCharsets.UTF_8).length;
        int room =
                (1 << clusterBits)
                        - HEADER_LENGTH_WRITTEN
                        - 2 * EXTENSION_HEADER_BYTES
                        - formatBytes
                        - EXTENSION_ALIGNMENT;
        int limit = Math.min(BACKING_FILE_NAME_BYTES_MAX, room);
        if (nameBytes > limit || formatBytes > BACKING_FORMAT_BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    resource,
                    -1,
                    "the backing file's name of 0x"
                            + Integer.toHexString(nameBytes)
                            + " bytes exceeds 0x"
                            + Integer.toHexString(limit));
        }
    }

    private static ImageException refused(
            String resource, String option, String value, String why) {
        return new ImageException(
                Kind.UNSUPPORTED, resource, -1, "option " + option + "=" + value + " " + why);
    }
}
