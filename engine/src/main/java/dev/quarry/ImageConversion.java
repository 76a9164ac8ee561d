package dev.quarry;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.OpenEndedTarget;
import dev.quarry.chunk.DigestingSource;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.storage.FileStorage;
import dev.quarry.volume.Copier;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Converts images from one format into another. */
final class ImageConversion {

    private ImageConversion() {}

    /** Converts an image from one format into another; needs no store. */
    static ConvertResult convert(
            ConvertRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        FileStorage.prepareHoles();
        ImageFormats formats = ImageFormats.installed();
        ImageFormat format = formats.named(request.targetFormat());
        ImageFiles.Source source =
                ImageFiles.source(
                        request.source(),
                        request.input(),
                        request.sourceFormat(),
                        OpenOptions.of(formats)
                                .withGate(request.gate())
                                .withSnapshot(request.snapshot())
                                .withMember(request.member()),
                        sizeMaxOf(request.target()));
        if (EditedConversion.isWanted(request)) {
            try (source) {
                long size = EditedConversion.convert(request, formats, source, listener, cancel);
                return new ConvertResult(
                        source.format(),
                        source.compression(),
                        source.isGuess(),
                        source.isDirty(),
                        source.disk().size(),
                        size,
                        null);
            }
        }
        boolean sized = source.isSizeKnown();
        long bound = source.disk().size();
        try (source;
                BlockTarget target =
                        Targets.create(
                                request.target(),
                                output -> {
                                    output.onFilling(_ -> cancel.check());
                                    return sized
                                            ? format.create(output, bound, request.options())
                                            : format.createOpenEnded(
                                                    output, bound, request.options());
                                })) {
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
            return new ConvertResult(
                    source.format(),
                    source.compression(),
                    source.isGuess(),
                    source.isDirty(),
                    size,
                    target.size(),
                    digesting == null ? null : digesting.digest(size));
        }
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
