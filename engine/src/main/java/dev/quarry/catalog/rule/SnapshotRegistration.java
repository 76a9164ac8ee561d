package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.Tags;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a snapshot whose content is in the chunk store, durably, when it enters the
 * catalogue.
 *
 * @param root root of its tree, 64 hex digits
 * @param contentDigest digest of its content, 64 hex digits
 * @param sizeBytes exact size
 * @param description for people, or null
 * @param source where its content comes from
 * @param encryption whether it is encrypted
 * @param tags its tags
 */
public record SnapshotRegistration(
        String root,
        String contentDigest,
        long sizeBytes,
        @Nullable String description,
        SnapshotSource source,
        Encryption encryption,
        Tags tags) {

    /** A registration of plain content with no description or tags. */
    public static SnapshotRegistration of(String root, String contentDigest, long sizeBytes) {
        return new SnapshotRegistration(
                root,
                contentDigest,
                sizeBytes,
                null,
                SnapshotSource.NONE,
                Encryption.NONE,
                Tags.none());
    }

    public SnapshotRegistration withDescription(@Nullable String value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, value, source, encryption, tags);
    }

    public SnapshotRegistration withSource(SnapshotSource value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, description, value, encryption, tags);
    }

    public SnapshotRegistration withEncryption(Encryption value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, description, source, value, tags);
    }

    public SnapshotRegistration withTags(Tags value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, description, source, encryption, value);
    }
}
