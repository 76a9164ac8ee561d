package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.VolumeType;

import java.util.ArrayList;
import java.util.List;

/** What a volume is that does not say. */
public final class MappingDefaults {

    private MappingDefaults() {}

    /**
     * What an image keeps of a mapping: type and DeleteOnTermination are written down (4.2.2,
     * 4.2.10), entries that suppress a device are dropped, because there is nothing to suppress.
     */
    public static List<BlockDeviceMapping> forImage(
            List<BlockDeviceMapping> mappings, String rootDeviceName) {
        List<BlockDeviceMapping> kept = new ArrayList<>();
        for (BlockDeviceMapping mapping : mappings) {
            // Not a switch, whose class the JVM makes at run time: every import comes here.
            if (mapping.assignment() instanceof Ebs ebs) {
                String device = mapping.deviceName();
                kept.add(
                        BlockDeviceMapping.ebs(
                                device, typeAndTermination(ebs, device.equals(rootDeviceName))));
            } else if (mapping.assignment() instanceof Assignment.VirtualName) {
                kept.add(mapping);
            }
        }
        return kept;
    }

    private static Ebs typeAndTermination(Ebs ebs, boolean root) {
        Boolean deleted = ebs.deleteOnTermination();
        return ebs.toBuilder()
                .volumeType(MappingRules.typeOf(ebs))
                .deleteOnTermination(deleted == null ? Boolean.valueOf(root) : deleted)
                .build();
    }

    /** Everything that a volume to be made must say; its size alone may come from its snapshot. */
    static Ebs complete(Ebs ebs, boolean root) {
        Ebs typed = typeAndTermination(ebs, root);
        Ebs.Builder full = typed.toBuilder();
        if (typed.volumeType() == VolumeType.GP3) {
            Integer iops = ebs.iops();
            Integer throughput = ebs.throughput();
            full.iops(iops == null ? Integer.valueOf(VolumeLimits.GP3_IOPS_DEFAULT) : iops);
            full.throughput(
                    throughput == null
                            ? Integer.valueOf(VolumeLimits.GP3_THROUGHPUT_DEFAULT)
                            : throughput);
        }
        return full.build();
    }
}
