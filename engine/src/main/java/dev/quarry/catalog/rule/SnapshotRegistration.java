package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.Tags;

import org.jspecify.annotations.Nullable;

import java.util.List;

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
 * @param productCodes products that go over to volumes and images
 * @param tags its tags
 */
public record SnapshotRegistration(
        String root,
        String contentDigest,
        long sizeBytes,
        @Nullable String description,
        SnapshotSource source,
        Encryption encryption,
        List<ProductCode> productCodes,
        Tags tags) {

    public SnapshotRegistration {
        productCodes = List.copyOf(productCodes);
    }

    /** A registration of plain content with no description or tags. */
    public static SnapshotRegistration of(String root, String contentDigest, long sizeBytes) {
        return new SnapshotRegistration(
                root,
                contentDigest,
                sizeBytes,
                null,
                SnapshotSource.NONE,
                Encryption.NONE,
                List.of(),
                Tags.none());
    }

    public SnapshotRegistration withDescription(@Nullable String value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, value, source, encryption, productCodes, tags);
    }

    public SnapshotRegistration withSource(SnapshotSource value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, description, value, encryption, productCodes, tags);
    }

    public SnapshotRegistration withEncryption(Encryption value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, description, source, value, productCodes, tags);
    }

    public SnapshotRegistration withTags(Tags value) {
        return new SnapshotRegistration(
                root,
                contentDigest,
                sizeBytes,
                description,
                source,
                encryption,
                productCodes,
                value);
    }

    public SnapshotRegistration withProductCodes(List<ProductCode> value) {
        return new SnapshotRegistration(
                root, contentDigest, sizeBytes, description, source, encryption, value, tags);
    }

    /** EC2's name of the operation that such a snapshot comes from. */
    public String action() {
        return action(source);
    }

    /** EC2's name of the operation that a snapshot with such a source comes from. */
    public static String action(SnapshotSource source) {
        if (source.snapshotId() != null) {
            return "CopySnapshot";
        }
        return source.volumeId() != null ? "CreateSnapshot" : "ImportSnapshot";
    }
}
