package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Ebs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A mapping as a guest sees it in its instance metadata (4.3.5). */
public final class MetadataView {

    private static final String DEVICE_FOLDER = "/dev/";

    private MetadataView() {}

    /**
     * The entries of {@code block-device-mapping/}: {@code ami} and {@code root} for the root,
     * {@code ebsN} from 1 for further volumes in the mapping's order, {@code ephemeralN} for
     * instance-store disks. There is no {@code swap} entry, as no disk is mapped to it.
     */
    public static Map<String, String> of(String rootDeviceName, List<BlockDeviceMapping> mappings) {
        Map<String, String> view = new LinkedHashMap<>();
        view.put("ami", shortName(rootDeviceName));
        view.put("root", rootDeviceName);
        int number = 1;
        for (BlockDeviceMapping mapping : mappings) {
            String device = mapping.deviceName();
            switch (mapping.assignment()) {
                case Ebs ebs -> {
                    if (!device.equals(rootDeviceName)) {
                        view.put("ebs" + number++, shortName(device));
                    }
                }
                case Assignment.VirtualName virtual -> view.put(virtual.name(), shortName(device));
                case Assignment.NoDevice none -> {}
            }
        }
        return view;
    }

    private static String shortName(String device) {
        return device.startsWith(DEVICE_FOLDER) ? device.substring(DEVICE_FOLDER.length()) : device;
    }
}
