package dev.quarry;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.OpenEndedTarget;
import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.DigestingSource;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.SourceFiles;
import dev.quarry.volume.Copier;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Converts images from one format into another. */
final class ImageConversion {

    private final ConvertRequest request;
    private final ImageFormats formats;
    private final ProgressListener listener;
    private final CancelToken cancel;

    private ImageConversion(ConvertRequest request, ProgressListener listener, CancelToken cancel) {
        this.request = request;
        this.formats = ImageFormats.installed();
        this.listener = listener;
        this.cancel = cancel;
    }

    /** Converts an image from one format into another; needs no store. */
    static ConvertResult convert(
            ConvertRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        FileStorage.prepareHoles();
        ImageConversion conversion = new ImageConversion(request, listener, cancel);
        try (ImageFiles.Source source = conversion.openSource()) {
            SourceFiles files = source.files();
            if (request.input() == null) {
                files = files.with(request.source());
            }
            return EditedConversion.isWanted(request)
                    ? conversion.edit(source, files)
                    : conversion.copy(source, files);
        }
    }

    private ImageFiles.Source openSource() throws IOException {
        formats.named(request.targetFormat()); // Whether there is one, before anything is opened.
        return ImageFiles.source(
                request.source(),
                request.input(),
                request.sourceFormat(),
                OpenOptions.of(formats)
                        .withGate(request.gate())
                        .withSnapshot(request.snapshot())
                        .withMember(request.member()),
                sizeMaxOf(request.target()));
    }

    private ConvertResult edit(ImageFiles.Source source, SourceFiles files) throws IOException {
        long size = EditedConversion.convert(request, formats, source, files, listener, cancel);
        return result(source, source.disk().size(), size, null);
    }

    private ConvertResult copy(ImageFiles.Source source, SourceFiles files) throws IOException {
        boolean sized = source.isSizeKnown();
        try (BlockTarget target =
                Targets.create(request.target(), files, output -> begin(output, source))) {
            DigestingSource digesting =
                    request.digest() == ConvertRequest.Digest.NONE
                            ? null
                            : new DigestingSource(source.disk());
            Copier.copy(
                    digesting == null ? source.disk() : digesting,
                    target,
                    source.threads(Workers.defaultThreads()),
                    sized ? listener : ProgressListener.none(),
                    cancel);
            long size = source.finish();
            if (target instanceof OpenEndedTarget ending && !sized) {
                ending.endAt(size);
            }
            target.commit();
            ContentDigest digest = digesting == null ? null : digesting.digest(size);
            return result(source, size, target.size(), digest);
        }
    }

    private BlockTarget begin(OutputFile output, ImageFiles.Source source) throws IOException {
        output.onFilling(_ -> cancel.check());
        ImageFormat format = formats.named(request.targetFormat());
        long size = source.disk().size();
        return source.isSizeKnown()
                ? format.create(output, size, request.options())
                : format.createOpenEnded(output, size, request.options());
    }

    private static ConvertResult result(
            ImageFiles.Source source,
            long sourceBytes,
            long targetBytes,
            @Nullable ContentDigest digest) {
        return new ConvertResult(
                source.format(),
                source.compression(),
                source.isGuess(),
                source.isDirty(),
                sourceBytes,
                targetBytes,
                digest);
    }

    /** Bytes that a target can hold which is made before the disk's size is known. */
    private static long sizeMaxOf(Path target) throws IOException {
        if (!Files.exists(target) || Files.isRegularFile(target)) {
            return ImageFiles.UNKNOWN_SIZE_MAX;
        }
        try (FileStorage device = FileStorage.open(target)) {
            return device.size();
        }
    }
}
