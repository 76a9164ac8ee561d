package dev.quarry;

import dev.quarry.image.CreateOptions;
import dev.quarry.image.ReferenceGate;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.nio.file.Path;

/**
 * What to convert, and into what. Made with {@link #of} and refined with the {@code with} methods.
 *
 * @param source the image
 * @param input the image's bytes in their order, closed by the conversion, or null to read them
 *     from {@code source}, which then only names them
 * @param sourceFormat its format, or null to find out from its beginning
 * @param snapshot id or name of an internal snapshot of the source, or null for the disk as it is
 * @param member name of the disk to convert in an appliance that has several, or null
 * @param gate what the source may refer to
 * @param target replaced when the conversion is complete; a block device is written in place
 * @param existing what becomes of an image that is there
 * @param targetFormat its format
 * @param options of the target's format
 * @param digest whether the content's digest is wanted
 */
public record ConvertRequest(
        Path source,
        @Nullable InputStream input,
        @Nullable String sourceFormat,
        @Nullable String snapshot,
        @Nullable String member,
        ReferenceGate gate,
        Path target,
        Existing existing,
        String targetFormat,
        CreateOptions options,
        Digest digest) {

    /** Whether a conversion computes the {@link dev.quarry.chunk.ContentDigest} of its disk. */
    public enum Digest {
        NONE,
        /** While it copies: nothing is read twice. */
        COMPUTED
    }

    /** What a conversion does with an image that has the target's name. */
    public enum Existing {
        /** The new one takes its place when it is complete. */
        REPLACED,
        /**
         * It must be there and be large enough; the disk is written into it, and what it has behind
         * the disk's end stays. A conversion that fails leaves it consistent, and half written.
         */
        WRITTEN
    }

    /** A conversion whose source's format is found from its beginning. */
    public static ConvertRequest of(Path source, Path target, String targetFormat) {
        return new ConvertRequest(
                source,
                null,
                null,
                null,
                null,
                ReferenceGate.deny(),
                target,
                Existing.REPLACED,
                targetFormat,
                CreateOptions.defaults(),
                Digest.NONE);
    }

    /** Reads the image from a stream. The bytes are taken once; nothing is kept on disk. */
    public ConvertRequest withInput(@Nullable InputStream value) {
        return new ConvertRequest(
                source,
                value,
                sourceFormat,
                snapshot,
                member,
                gate,
                target,
                existing,
                targetFormat,
                options,
                digest);
    }

    public ConvertRequest withSourceFormat(@Nullable String value) {
        return new ConvertRequest(
                source,
                input,
                value,
                snapshot,
                member,
                gate,
                target,
                existing,
                targetFormat,
                options,
                digest);
    }

    /** Converts an internal snapshot of the source. */
    public ConvertRequest withSnapshot(@Nullable String value) {
        return new ConvertRequest(
                source,
                input,
                sourceFormat,
                value,
                member,
                gate,
                target,
                existing,
                targetFormat,
                options,
                digest);
    }

    /** Converts one of the disks of an appliance. */
    public ConvertRequest withMember(@Nullable String value) {
        return new ConvertRequest(
                source,
                input,
                sourceFormat,
                snapshot,
                value,
                gate,
                target,
                existing,
                targetFormat,
                options,
                digest);
    }

    public ConvertRequest withGate(ReferenceGate value) {
        return new ConvertRequest(
                source,
                input,
                sourceFormat,
                snapshot,
                member,
                value,
                target,
                existing,
                targetFormat,
                options,
                digest);
    }

    /**
     * What of the target's format is wanted. With a backing file, which may be opened whatever the
     * gate allows, only what differs from it is written.
     */
    public ConvertRequest withOptions(CreateOptions value) {
        return new ConvertRequest(
                source,
                input,
                sourceFormat,
                snapshot,
                member,
                gate,
                target,
                existing,
                targetFormat,
                value,
                digest);
    }

    public ConvertRequest withExisting(Existing value) {
        return new ConvertRequest(
                source,
                input,
                sourceFormat,
                snapshot,
                member,
                gate,
                target,
                value,
                targetFormat,
                options,
                digest);
    }

    /** Computes the digest of the disk's content, too. */
    public ConvertRequest withDigest(Digest value) {
        return new ConvertRequest(
                source,
                input,
                sourceFormat,
                snapshot,
                member,
                gate,
                target,
                existing,
                targetFormat,
                options,
                value);
    }
}
