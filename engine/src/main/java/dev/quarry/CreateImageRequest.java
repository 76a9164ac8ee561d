package dev.quarry;

import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Tags;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What image to make of a launch. Made with {@link #of} and refined with the {@code with} methods.
 *
 * @param launchId the launch
 * @param name of the image
 * @param description for people, or null
 * @param mappings volumes to add, {@code NoDevice} to leave one out, or another DeleteOnTermination
 * @param running whether the machine runs on meanwhile, or was stopped
 * @param imageTags of the image
 * @param snapshotTags of all snapshots
 */
public record CreateImageRequest(
        String launchId,
        String name,
        @Nullable String description,
        List<BlockDeviceMapping> mappings,
        Running running,
        Tags imageTags,
        Tags snapshotTags) {

    /** Whether the machine on the volumes runs while they are read (4.6.1). */
    public enum Running {
        /** It was stopped: the image is consistent. */
        STOPPED,
        /** It runs on: the image is as after a crash, and says so. */
        NO_REBOOT
    }

    public CreateImageRequest {
        mappings = List.copyOf(mappings);
    }

    /** An image of all volumes of a launch whose machine was stopped. */
    public static CreateImageRequest of(String launchId, String name) {
        return new CreateImageRequest(
                launchId, name, null, List.of(), Running.STOPPED, Tags.none(), Tags.none());
    }

    public CreateImageRequest withDescription(@Nullable String value) {
        return new CreateImageRequest(
                launchId, name, value, mappings, running, imageTags, snapshotTags);
    }

    public CreateImageRequest withMappings(List<BlockDeviceMapping> value) {
        return new CreateImageRequest(
                launchId, name, description, value, running, imageTags, snapshotTags);
    }

    public CreateImageRequest withRunning(Running value) {
        return new CreateImageRequest(
                launchId, name, description, mappings, value, imageTags, snapshotTags);
    }

    public CreateImageRequest withTags(Tags image, Tags snapshots) {
        return new CreateImageRequest(
                launchId, name, description, mappings, running, image, snapshots);
    }
}
