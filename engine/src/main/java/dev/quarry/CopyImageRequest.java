package dev.quarry;

import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.CopyRules;

import org.jspecify.annotations.Nullable;

/**
 * Which image to copy, and as what. Made with {@link #of} and refined with the {@code with}
 * methods.
 *
 * @param sourceImageId the image
 * @param sourceRegion where it is, or null for here
 * @param name of the copy
 * @param description of the copy, or null for that of the image
 * @param clientToken makes asking again harmless, or null
 * @param encryption what becomes of its snapshots
 * @param sourceTags whether the image's own tags go over
 * @param tags more tags of the copy
 * @param completionMinutes by when the copy is wanted, in steps of 15, or null; recorded
 */
public record CopyImageRequest(
        String sourceImageId,
        @Nullable String sourceRegion,
        String name,
        @Nullable String description,
        @Nullable String clientToken,
        CopyRules.Encrypting encryption,
        SourceTags sourceTags,
        Tags tags,
        @Nullable Integer completionMinutes) {

    /** Whether the tags of the image go over to the copy (4.8.4). */
    public enum SourceTags {
        LEAVE,
        /** If the image is the account's own. */
        COPY
    }

    /** A copy within the region that keeps everything that copies keep. */
    public static CopyImageRequest of(String sourceImageId, String name) {
        return new CopyImageRequest(
                sourceImageId,
                null,
                name,
                null,
                null,
                CopyRules.Encrypting.KEEP,
                SourceTags.LEAVE,
                Tags.none(),
                null);
    }

    public CopyImageRequest withSourceRegion(@Nullable String value) {
        return new CopyImageRequest(
                sourceImageId,
                value,
                name,
                description,
                clientToken,
                encryption,
                sourceTags,
                tags,
                completionMinutes);
    }

    public CopyImageRequest withDescription(@Nullable String value) {
        return new CopyImageRequest(
                sourceImageId,
                sourceRegion,
                name,
                value,
                clientToken,
                encryption,
                sourceTags,
                tags,
                completionMinutes);
    }

    public CopyImageRequest withClientToken(@Nullable String value) {
        return new CopyImageRequest(
                sourceImageId,
                sourceRegion,
                name,
                description,
                value,
                encryption,
                sourceTags,
                tags,
                completionMinutes);
    }

    public CopyImageRequest withEncryption(CopyRules.Encrypting value) {
        return new CopyImageRequest(
                sourceImageId,
                sourceRegion,
                name,
                description,
                clientToken,
                value,
                sourceTags,
                tags,
                completionMinutes);
    }

    public CopyImageRequest withTags(SourceTags source, Tags more) {
        return new CopyImageRequest(
                sourceImageId,
                sourceRegion,
                name,
                description,
                clientToken,
                encryption,
                source,
                more,
                completionMinutes);
    }

    public CopyImageRequest withCompletionMinutes(@Nullable Integer value) {
        return new CopyImageRequest(
                sourceImageId,
                sourceRegion,
                name,
                description,
                clientToken,
                encryption,
                sourceTags,
                tags,
                value);
    }
}
