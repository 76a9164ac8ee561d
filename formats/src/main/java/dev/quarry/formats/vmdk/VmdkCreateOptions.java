package dev.quarry.formats.vmdk;

import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a VMDK is written, from options under qemu-img's names.
 *
 * @param subformat how data stands in files
 * @param adapterType the disk controller that the descriptor names
 * @param hardwareVersion the virtual machine version that the descriptor names
 * @param toolsVersion the version of the guest's tools that the descriptor names
 */
record VmdkCreateOptions(
        Subformat subformat, String adapterType, String hardwareVersion, String toolsVersion) {

    /** What is written; the reader knows more. */
    enum Subformat {
        MONOLITHIC_SPARSE("monolithicSparse"),
        MONOLITHIC_FLAT("monolithicFlat"),
        SPLIT_SPARSE("twoGbMaxExtentSparse"),
        SPLIT_FLAT("twoGbMaxExtentFlat"),
        STREAM_OPTIMIZED("streamOptimized");

        private final String word;

        Subformat(String word) {
            this.word = word;
        }

        /** The createType of the descriptor, and qemu-img's word. */
        String word() {
            return word;
        }
    }

    private static final String SUBFORMAT = "subformat";
    private static final String ADAPTER_TYPE = "adapter_type";
    private static final String HARDWARE_VERSION = "hwversion";
    private static final String TOOLS_VERSION = "toolsversion";

    private static final String COMPAT_6 = "compat6";
    private static final String ZEROED_GRAIN = "zeroed_grain";

    private static final Set<String> KNOWN =
            Set.of(
                    SUBFORMAT,
                    ADAPTER_TYPE,
                    COMPAT_6,
                    HARDWARE_VERSION,
                    TOOLS_VERSION,
                    ZEROED_GRAIN);

    private static final List<String> ADAPTER_TYPES =
            List.of("ide", "buslogic", "lsilogic", "legacyESX");

    /** What every product since 2005 takes; virtual machines name their own version elsewhere. */
    private static final String HARDWARE_VERSION_DEFAULT = "4";

    /** What {@code compat6=on} stands for. */
    private static final String HARDWARE_VERSION_COMPAT_6 = "6";

    /** Stands for tools that VMware does not manage; without it, guests are not customized. */
    private static final String TOOLS_VERSION_DEFAULT = "2147483647";

    private static final Pattern NUMBER = Pattern.compile("\\d{1,10}");

    static VmdkCreateOptions parse(CreateOptions options, String resource) throws ImageException {
        options.requireKnown(resource, VmdkFormat.NAME, KNOWN);
        options.requireNoBacking(resource, VmdkFormat.NAME);
        Subformat subformat = subformat(options, resource);
        if (subformat != Subformat.STREAM_OPTIMIZED) {
            options.requirePlain(resource, VmdkFormat.NAME + " " + subformat.word());
        }
        String adapter = options.options().getOrDefault(ADAPTER_TYPE, "lsilogic");
        if (!ADAPTER_TYPES.contains(adapter)) {
            throw refused(
                    resource,
                    ADAPTER_TYPE,
                    adapter,
                    "is none of " + String.join(", ", ADAPTER_TYPES));
        }
        if (options.isOn(resource, ZEROED_GRAIN)) {
            throw options.refused(resource, ZEROED_GRAIN, "is not written");
        }
        return new VmdkCreateOptions(
                subformat,
                adapter,
                hardwareVersion(options, resource),
                number(options, TOOLS_VERSION, TOOLS_VERSION_DEFAULT, resource));
    }

    /** As in qemu-img, the variant is monolithicSparse unless told, and a stream with -c. */
    private static Subformat subformat(CreateOptions options, String resource)
            throws ImageException {
        boolean compressed = options.encoding() == CreateOptions.Encoding.COMPRESSED;
        String value =
                options.options()
                        .getOrDefault(
                                SUBFORMAT,
                                compressed
                                        ? Subformat.STREAM_OPTIMIZED.word()
                                        : Subformat.MONOLITHIC_SPARSE.word());
        for (Subformat each : Subformat.values()) {
            if (each.word().equals(value)) {
                return each;
            }
        }
        String known =
                Arrays.stream(Subformat.values())
                        .map(Subformat::word)
                        .collect(Collectors.joining(", "));
        throw refused(resource, SUBFORMAT, value, "is none of " + known);
    }

    private static String hardwareVersion(CreateOptions options, String resource)
            throws ImageException {
        boolean isCompat6 = options.isOn(resource, COMPAT_6);
        if (isCompat6 && options.options().containsKey(HARDWARE_VERSION)) {
            throw options.refused(resource, COMPAT_6, "excludes " + HARDWARE_VERSION);
        }
        return number(
                options,
                HARDWARE_VERSION,
                isCompat6 ? HARDWARE_VERSION_COMPAT_6 : HARDWARE_VERSION_DEFAULT,
                resource);
    }

    private static String number(
            CreateOptions options, String name, String unlessTold, String resource)
            throws ImageException {
        String value = options.options().getOrDefault(name, unlessTold);
        if (!NUMBER.matcher(value).matches()) {
            throw refused(resource, name, value, "is no number");
        }
        return value;
    }

    private static ImageException refused(
            String resource, String option, String value, String why) {
        return new ImageException(
                Kind.UNSUPPORTED, resource, -1, "option " + option + "=" + value + " " + why);
    }
}
