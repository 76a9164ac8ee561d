package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.CreateOptions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code -O FORMAT}, {@code -c} and {@code -o OPTIONS}: how an image is written. */
final class TargetOptions {

    private static final String FORMAT = "-O";
    private static final String OPTIONS = "-o";
    private static final String COMPRESS = "-c";
    private static final String FORMAT_DEFAULT = "raw";

    private static final String BACKING_FILE = "backing_file";
    private static final String BACKING_FORMAT = "backing_fmt";
    private static final String SIZE = "size";

    private TargetOptions() {}

    /**
     * What {@code -o} and {@code -c} say of an image that is made.
     *
     * @param options those of its format, without a backing file
     * @param backingFile what {@code -b} says, too, or null
     * @param backingFormat what {@code -F} says, too, or null
     * @param size what is an argument, too, or null
     */
    record Given(
            CreateOptions options,
            @Nullable String backingFile,
            @Nullable String backingFormat,
            @Nullable String size) {}

    static CommandSpec addTo(CommandSpec spec) {
        return addOptionsTo(
                addFormatTo(spec)
                        .addOption(
                                Specs.flag(COMPRESS)
                                        .description("Compress (qcow2, vmdk).")
                                        .build()));
    }

    /** {@code -O} alone. */
    static CommandSpec addFormatTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("FORMAT", FORMAT)
                        .completionCandidates(List.of("ova", "qcow2", "raw", "vmdk"))
                        .description("Format to write: raw (unless told), qcow2, vmdk or ova.")
                        .build());
    }

    /** {@code -o} alone. */
    static CommandSpec addOptionsTo(CommandSpec spec) {
        return spec.addOption(
                Specs.repeatable("NAME=VALUE[,…]", OPTIONS)
                        .description(
                                "Options of that format. qcow2: cluster_size, compat,"
                                        + " compression_type, extended_l2, lazy_refcounts,"
                                        + " preallocation, refcount_bits. raw: preallocation."
                                        + " vmdk: subformat, adapter_type, compat6, hwversion,"
                                        + " toolsversion.")
                        .build());
    }

    static String format(Invocation invocation) {
        return invocation.value(FORMAT, FORMAT_DEFAULT);
    }

    static boolean isFormatGiven(Invocation invocation) {
        return invocation.has(FORMAT);
    }

    /** All options as those of the format, which refuses what other letters would say. */
    static CreateOptions createOptions(Invocation invocation) {
        return createOptions(invocation, words(invocation));
    }

    /** The options, and apart from them what other letters may say. */
    static Given given(Invocation invocation) {
        Map<String, String> words = words(invocation);
        String backingFile = words.remove(BACKING_FILE);
        String backingFormat = words.remove(BACKING_FORMAT);
        String size = words.remove(SIZE);
        if (backingFile != null && backingFile.isEmpty()) {
            throw new UsageException("-o " + BACKING_FILE + "= names no file");
        }
        return new Given(createOptions(invocation, words), backingFile, backingFormat, size);
    }

    private static Map<String, String> words(Invocation invocation) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String list : invocation.values(OPTIONS)) {
            addAll(list, options);
        }
        return options;
    }

    private static CreateOptions createOptions(Invocation invocation, Map<String, String> options) {
        CreateOptions.Encoding encoding =
                invocation.has(COMPRESS)
                        ? CreateOptions.Encoding.COMPRESSED
                        : CreateOptions.Encoding.PLAIN;
        return new CreateOptions(null, null, options, encoding);
    }

    /**
     * Reads a list as qemu-img does: two commas stand for one in a value; the last value counts.
     */
    private static void addAll(String list, Map<String, String> options) {
        StringBuilder entry = new StringBuilder();
        for (int i = 0; i <= list.length(); i++) {
            boolean end = i == list.length();
            if (!end && list.startsWith(",,", i)) {
                entry.append(',');
                i++;
            } else if (end || list.charAt(i) == ',') {
                int equals = entry.indexOf("=");
                if (equals < 1) {
                    throw new UsageException("-o takes NAME=VALUE, not '" + entry + "'");
                }
                options.put(entry.substring(0, equals), entry.substring(equals + 1));
                entry.setLength(0);
            } else {
                entry.append(list.charAt(i));
            }
        }
    }
}
