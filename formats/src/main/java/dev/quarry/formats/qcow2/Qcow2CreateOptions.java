package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.Preallocation;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a qcow2 image is written, from options under qemu-img's names.
 *
 * @param version 2 ({@code compat=0.10}) or 3 ({@code compat=1.1}, the default)
 * @param clusterBits from {@code cluster_size}, 64 KiB unless told
 * @param extendedL2 whether clusters have subclusters ({@code extended_l2=on})
 * @param refcountOrder log2 of the bits of a reference count ({@code refcount_bits}, 16 unless
 *     told)
 * @param lazyRefcounts whether those who write to the image may count late ({@code
 *     lazy_refcounts=on}); this program never does
 * @param compressionType what compressed clusters are compressed with ({@code compression_type})
 * @param compressed whether clusters are compressed
 * @param preallocation what is allocated before data is written
 * @param backingFile as it shall stand in the image, or null
 * @param backingFormat its format, or null
 */
record Qcow2CreateOptions(
        int version,
        int clusterBits,
        boolean extendedL2,
        int refcountOrder,
        boolean lazyRefcounts,
        int compressionType,
        boolean compressed,
        Preallocation preallocation,
        @Nullable String backingFile,
        @Nullable String backingFormat) {

    private static final String CLUSTER_SIZE = "cluster_size";
    private static final String COMPAT = "compat";
    private static final String COMPRESSION_TYPE = "compression_type";
    private static final String EXTENDED_L2 = "extended_l2";
    private static final String LAZY_REFCOUNTS = "lazy_refcounts";
    private static final String REFCOUNT_BITS = "refcount_bits";
    private static final String DATA_FILE = "data_file";
    private static final String DATA_FILE_RAW = "data_file_raw";
    private static final String ENCRYPTION = "encryption";
    private static final String ENCRYPT_PREFIX = "encrypt.";

    private static final Set<String> KNOWN =
            Set.of(
                    CLUSTER_SIZE,
                    COMPAT,
                    COMPRESSION_TYPE,
                    DATA_FILE_RAW,
                    ENCRYPTION,
                    EXTENDED_L2,
                    LAZY_REFCOUNTS,
                    CreateOptions.PREALLOCATION,
                    REFCOUNT_BITS);

    static Qcow2CreateOptions parse(CreateOptions options, String resource) throws ImageException {
        refuseWhatIsNotWritten(options, resource);
        options.requireKnown(resource, Qcow2Format.NAME, KNOWN);
        Qcow2CreateOptions parsed =
                new Qcow2CreateOptions(
                        version(options, resource),
                        clusterBits(options, resource),
                        options.isOn(resource, EXTENDED_L2),
                        refcountOrder(options, resource),
                        options.isOn(resource, LAZY_REFCOUNTS),
                        compressionType(options, resource),
                        options.encoding() == CreateOptions.Encoding.COMPRESSED,
                        options.preallocation(resource),
                        options.backingFile(),
                        options.backingFormat());
        parsed.checkTogether(resource);
        parsed.checkBacking(resource);
        return parsed;
    }

    /** Options that qemu-img has, and what is not written of them. */
    private static void refuseWhatIsNotWritten(CreateOptions options, String resource)
            throws ImageException {
        for (String name : new TreeSet<>(options.options().keySet())) {
            boolean isNever = name.equals(DATA_FILE) || name.startsWith(ENCRYPT_PREFIX);
            boolean isFlag = name.equals(DATA_FILE_RAW) || name.equals(ENCRYPTION);
            if (isNever || (isFlag && options.isOn(resource, name))) {
                throw options.refused(resource, name, "is not written");
            }
        }
    }

    private static int refcountOrder(CreateOptions options, String resource) throws ImageException {
        String value = options.options().get(REFCOUNT_BITS);
        if (value == null) {
            return REFCOUNT_ORDER_DEFAULT;
        }
        return switch (value) {
            case "1" -> 0;
            case "2" -> 1;
            case "4" -> 2;
            case "8" -> 3;
            case "16" -> 4;
            case "32" -> 5;
            case "64" -> 6;
            default ->
                    throw options.refused(
                            resource, REFCOUNT_BITS, "is no power of two from 1 to 64");
        };
    }

    private static int version(CreateOptions options, String resource) throws ImageException {
        String compat = options.options().getOrDefault(COMPAT, "1.1");
        return switch (compat) {
            case "1.1", "v3" -> 3;
            case "0.10", "v2" -> 2;
            default -> throw refused(resource, COMPAT, compat, "is neither 0.10 nor 1.1");
        };
    }

    private static int compressionType(CreateOptions options, String resource)
            throws ImageException {
        String value = options.options().getOrDefault(COMPRESSION_TYPE, "zlib");
        return switch (value) {
            case "zlib" -> COMPRESSION_ZLIB;
            case "zstd" -> COMPRESSION_ZSTD;
            default -> throw refused(resource, COMPRESSION_TYPE, value, "is neither zlib nor zstd");
        };
    }

    private static int clusterBits(CreateOptions options, String resource) throws ImageException {
        String value = options.options().get(CLUSTER_SIZE);
        if (value == null) {
            return CLUSTER_BITS_DEFAULT;
        }
        long bytes = CreateOptions.parseSize(resource, CLUSTER_SIZE, value);
        if (Long.bitCount(bytes) != 1
                || bytes < 1L << CLUSTER_BITS_MIN
                || bytes > 1L << CLUSTER_BITS_MAX) {
            throw refused(resource, CLUSTER_SIZE, value, "is no power of two from 512 to 2M");
        }
        return Long.numberOfTrailingZeros(bytes);
    }

    private void checkTogether(String resource) throws ImageException {
        if (version < 3 && compressionType != COMPRESSION_ZLIB) {
            throw refused(resource, COMPRESSION_TYPE, "zstd", "needs compat=1.1");
        }
        if (version < 3 && extendedL2) {
            throw refused(resource, EXTENDED_L2, "on", "needs compat=1.1");
        }
        if (version < 3 && lazyRefcounts) {
            throw refused(resource, LAZY_REFCOUNTS, "on", "needs compat=1.1");
        }
        if (refcountOrder != REFCOUNT_ORDER_DEFAULT) {
            String bits = String.valueOf(1 << refcountOrder);
            if (version < 3) {
                throw refused(resource, REFCOUNT_BITS, bits, "needs compat=1.1");
            }
            if (compressed && refcountOrder < REFCOUNT_ORDER_DEFAULT) {
                // A cluster of the file may hold thousands of compressed ones.
                throw refused(resource, REFCOUNT_BITS, bits, "is too narrow for compression");
            }
        }
        if (extendedL2 && clusterBits < CLUSTER_BITS_MIN_EXTENDED) {
            throw refused(resource, EXTENDED_L2, "on", "needs a cluster_size of at least 16k");
        }
        if (preallocation != Preallocation.OFF && (compressed || backingFile != null)) {
            throw refused(
                    resource,
                    CreateOptions.PREALLOCATION,
                    preallocation.word(),
                    "goes neither with compression nor with a backing file");
        }
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
