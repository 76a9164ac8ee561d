package dev.quarry.catalog.rule;

import dev.quarry.catalog.mapping.MappingRules;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.Volume;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an image has that is made of a launch (4.6.1). */
public final class CreateImageRules {

    private CreateImageRules() {}

    /**
     * What is to be snapshotted, and what the image will map.
     *
     * @param launch the launch
     * @param volumes those that are snapshotted, the root first
     * @param further what the image maps beside them
     */
    public record Plan(Launch launch, List<Volume> volumes, List<BlockDeviceMapping> further) {

        public Plan {
            volumes = List.copyOf(volumes);
            further = List.copyOf(further);
        }

        /**
         * The image's mapping.
         *
         * @param snapshots volume id to the id of its snapshot
         */
        public List<BlockDeviceMapping> mappings(Map<String, String> snapshots) {
            List<BlockDeviceMapping> mappings = new ArrayList<>();
            for (Volume volume : volumes) {
                Attachment attachment = attachmentOf(volume);
                mappings.add(
                        BlockDeviceMapping.ebs(
                                attachment.deviceName(),
                                Ebs.builder()
                                        .snapshotId(snapshots.get(volume.id()))
                                        .volumeType(volume.performance().type())
                                        .iops(volume.performance().iops())
                                        .throughput(volume.performance().throughput())
                                        .deleteOnTermination(attachment.deleteOnTermination())
                                        .build()));
            }
            mappings.addAll(further);
            return mappings;
        }
    }

    private static Attachment attachmentOf(Volume volume) {
        Attachment attachment = volume.attachment();
        if (attachment == null) {
            throw new IllegalArgumentException(volume.id() + " is attached to nothing");
        }
        return attachment;
    }

    /**
     * Plans an image of a launch.
     *
     * @param attached the launch's volumes
     * @param request may add volumes, leave some out, and change DeleteOnTermination
     * @throws CatalogException of code InvalidBlockDeviceMapping, or IncorrectInstanceState
     */
    public static Plan plan(Launch launch, List<Volume> attached, List<BlockDeviceMapping> request)
            throws CatalogException {
        if (launch.state() != LaunchState.RUNNING) {
            throw new CatalogException(
                    ErrorCode.INCORRECT_INSTANCE_STATE,
                    "launch " + launch.id() + " is " + launch.state().spelling());
        }
        MappingRules.checkRequest(request, launch.hardware().virtualizationType());
        Map<String, Volume> volumes = new LinkedHashMap<>();
        for (Volume volume : attached) {
            volumes.put(attachmentOf(volume).deviceName(), volume);
        }
        Map<String, BlockDeviceMapping> further = new LinkedHashMap<>();
        for (Launch.Device device : launch.devices()) {
            String virtual = device.virtualName();
            if (virtual != null && !device.deviceName().equals(launch.rootDeviceName())) {
                further.put(
                        device.deviceName(),
                        new BlockDeviceMapping(
                                device.deviceName(), new Assignment.VirtualName(virtual)));
            }
        }
        for (BlockDeviceMapping entry : request) {
            apply(entry, launch, volumes, further);
        }
        if (!volumes.containsKey(launch.rootDeviceName())) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "launch "
                            + launch.id()
                            + " has no root volume on "
                            + launch.rootDeviceName()
                            + ": only what has one can be made an image of");
        }
        List<Volume> ordered = new ArrayList<>(volumes.values());
        ordered.sort((one, other) -> Boolean.compare(isRoot(launch, other), isRoot(launch, one)));
        return new Plan(launch, ordered, List.copyOf(further.values()));
    }

    private static boolean isRoot(Launch launch, Volume volume) {
        return attachmentOf(volume).deviceName().equals(launch.rootDeviceName());
    }

    private static void apply(
            BlockDeviceMapping entry,
            Launch launch,
            Map<String, Volume> volumes,
            Map<String, BlockDeviceMapping> further)
            throws CatalogException {
        String device = entry.deviceName();
        Volume volume = volumes.get(device);
        switch (entry.assignment()) {
            case Assignment.NoDevice _ -> {
                if (device.equals(launch.rootDeviceName())) {
                    throw bad(device, "is the root and cannot be left out");
                }
                volumes.remove(device);
                further.remove(device);
            }
            case Ebs ebs -> {
                if (volume != null) {
                    volumes.put(device, changed(volume, ebs));
                } else if (further.containsKey(device)) {
                    throw bad(device, "is an instance-store disk of the launch");
                } else {
                    further.put(device, entry);
                }
            }
            case Assignment.VirtualName _ -> {
                if (volume != null) {
                    throw bad(device, "is a volume of the launch");
                }
                further.put(device, entry);
            }
        }
    }

    /**
     * What an entry says of a volume that is attached, if it says nothing else (4.5.9).
     *
     * @return whether the volume goes with its launch; true if the entry does not say
     */
    public static boolean onlyDeleteOnTermination(BlockDeviceMapping entry)
            throws CatalogException {
        Ebs ebs = entry.ebs();
        if (ebs == null || !ebs.toBuilder().deleteOnTermination(null).build().toJson().isEmpty()) {
            throw bad(entry.deviceName(), "is attached: only its DeleteOnTermination may change");
        }
        return ebs.deleteOnTermination() == null || ebs.deleteOnTermination();
    }

    private static Volume changed(Volume volume, Ebs asked) throws CatalogException {
        Attachment attachment = attachmentOf(volume);
        Boolean delete = asked.deleteOnTermination();
        if (!asked.toBuilder().deleteOnTermination(null).build().toJson().isEmpty()) {
            throw bad(
                    attachment.deviceName(),
                    "is a volume of the launch: only its DeleteOnTermination may change");
        }
        return delete == null
                ? volume
                : volume.withState(
                        volume.state(),
                        new Attachment(
                                attachment.launchId(),
                                attachment.deviceName(),
                                delete,
                                attachment.attachTime()));
    }

    private static CatalogException bad(String device, String reason) {
        return new CatalogException(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING, "device " + device + " " + reason);
    }
}
