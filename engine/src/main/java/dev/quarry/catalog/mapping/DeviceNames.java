package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.VirtualizationType;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which device names there are (4.3). Names are logical: a guest may see its disks under others
 * (4.3.3).
 */
public final class DeviceNames {

    /** The root of an image that does not say. */
    public static final String ROOT_DEFAULT = "/dev/sda1";

    private static final String ROOT_XEN = "/dev/xvda";

    private static final Pattern HVM =
            Pattern.compile("/dev/sd[a-z]|/dev/sda[12]|/dev/xvda|/dev/xvd[bc][a-z]");
    private static final Pattern PARAVIRTUAL = Pattern.compile("(/dev/[sh]d[a-z])([1-9]|1[0-5])?");

    private DeviceNames() {}

    /**
     * Rules 4.3.1 and 4.3.2 for one name.
     *
     * @throws CatalogException of code InvalidBlockDeviceMapping
     */
    public static void check(String name, VirtualizationType virtualization)
            throws CatalogException {
        switch (virtualization) {
            case HVM -> {
                if (!HVM.matcher(name).matches()) {
                    throw invalid(
                            name,
                            "hvm",
                            "/dev/sd[a-z], /dev/xvd[b-c][a-z], /dev/sda1, /dev/sda2 and /dev/xvda");
                }
            }
            case PARAVIRTUAL -> {
                if (!PARAVIRTUAL.matcher(name).matches()) {
                    throw invalid(
                            name,
                            "paravirtual",
                            "/dev/sd[a-z], /dev/sd[a-z][1-15], /dev/hd[a-z] and"
                                    + " /dev/hd[a-z][1-15]");
                }
            }
        }
    }

    /** Rules 4.3.1 and 4.3.2 for the root. */
    public static void checkRoot(String name, VirtualizationType virtualization)
            throws CatalogException {
        List<String> allowed =
                virtualization == VirtualizationType.HVM
                        ? List.of(ROOT_DEFAULT, ROOT_XEN)
                        : List.of(ROOT_DEFAULT);
        if (!allowed.contains(name)) {
            throw new CatalogException(
                    ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                    "root device name '"
                            + name
                            + "' is not one of an "
                            + virtualization.spelling()
                            + " image: "
                            + String.join(" or ", allowed));
        }
    }

    /** Rule 4.3.2 for all names of a mapping: a letter stands with digits or without, not both. */
    public static void checkTogether(Collection<String> names, VirtualizationType virtualization)
            throws CatalogException {
        if (virtualization != VirtualizationType.PARAVIRTUAL) {
            return;
        }
        Map<String, String> seen = new HashMap<>();
        for (String name : names) {
            Matcher matcher = PARAVIRTUAL.matcher(name);
            if (matcher.matches()) {
                String other = seen.putIfAbsent(matcher.group(1), name);
                boolean digits = matcher.group(2) != null;
                if (other != null && digits == other.equals(matcher.group(1))) {
                    throw new CatalogException(
                            ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                            "devices "
                                    + other
                                    + " and "
                                    + name
                                    + " use one letter with and without digits");
                }
            }
        }
    }

    /** The root of an image that does not name one: the usual name that its mapping has. */
    public static String rootAmong(Collection<String> names) {
        return !names.contains(ROOT_DEFAULT) && names.contains(ROOT_XEN) ? ROOT_XEN : ROOT_DEFAULT;
    }

    private static CatalogException invalid(String name, String virtualization, String allowed) {
        return new CatalogException(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "device name '"
                        + name
                        + "' is none of an "
                        + virtualization
                        + " image: "
                        + allowed);
    }
}
