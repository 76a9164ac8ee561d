package dev.quarry;

import dev.quarry.block.BlockTarget;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.Mapping;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.operation.Overwrite;
import dev.quarry.operation.Rebase;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.SourceFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Conversions that do not write a disk from beginning to end into a new image. */
final class EditedConversion {

    private final ConvertRequest request;
    private final ImageFormats formats;
    private final ImageFormat format;
    private final SourceFiles files;
    private final ProgressListener listener;
    private final CancelToken cancel;

    private EditedConversion(
            ConvertRequest request,
            ImageFormats formats,
            SourceFiles files,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        this.request = request;
        this.formats = formats;
        this.files = files;
        this.format = formats.named(request.targetFormat());
        this.listener = listener;
        this.cancel = cancel;
    }

    /** Whether a request is for one of these. */
    static boolean isWanted(ConvertRequest request) {
        return request.existing() == ConvertRequest.Existing.WRITTEN
                || request.options().backingFile() != null;
    }

    /**
     * Carries out a request.
     *
     * @param source stays the caller's
     * @param files that it is read from
     * @return size of the target's disk
     */
    static long convert(
            ConvertRequest request,
            ImageFormats formats,
            ImageFiles.Source source,
            SourceFiles files,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        boolean writes = request.existing() == ConvertRequest.Existing.WRITTEN;
        if (request.digest() != ConvertRequest.Digest.NONE) {
            throw new IllegalArgumentException(
                    "a digest is computed of what is copied whole, into a new image or a device");
        }
        if (writes && !request.options().equals(CreateOptions.defaults())) {
            throw new IllegalArgumentException(
                    "an image that is there has its backing file and its options");
        }
        if (!source.isSizeKnown()) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    request.source().toString(),
                    -1,
                    "the size of a disk that comes as a stream is known at its end only");
        }
        EditedConversion conversion =
                new EditedConversion(request, formats, files, listener, cancel);
        long size = writes ? conversion.overwrite(source) : conversion.writeDifferences(source);
        return size;
    }

    private long overwrite(ImageFiles.Source source) throws IOException {
        Path target = request.target();
        files.refuse(target);
        OpenOptions options = OpenOptions.of(formats).withGate(request.gate());
        try (OutputFile output = OutputFile.openExisting(target);
                DiskImage before = ImageFiles.open(target, format.name(), options).image();
                EditableImage image = edit(output)) {
            if (image.size() < source.disk().size()) {
                throw new IllegalArgumentException(
                        "the disk of "
                                + target
                                + " has "
                                + image.size()
                                + " bytes, and "
                                + source.disk().size()
                                + " are needed");
            }
            int threads = source.threads(Workers.defaultThreads());
            Overwrite.write(source.disk(), image, before, threads, listener, cancel);
            source.finish();
            image.finish();
            return image.size();
        }
    }

    /** An overlay of what differs from the backing file; it gets its name when it is complete. */
    private long writeDifferences(ImageFiles.Source source) throws IOException {
        Path target = request.target();
        CreateOptions options = request.options();
        if (options.encoding() == CreateOptions.Encoding.COMPRESSED) {
            throw new IllegalArgumentException(
                    "what differs from a backing file is not compressed");
        }
        Path backingPath =
                target.toAbsolutePath()
                        .resolveSibling(Objects.requireNonNull(options.backingFile()));
        try (DiskImage backing =
                        ImageFiles.open(
                                        formats,
                                        backingPath,
                                        options.backingFormat(),
                                        request.gate())
                                .image();
                OutputFile output =
                        OutputFile.create(target, files.with(SourceFiles.of(backing.files())))) {
            OutputFile whole = output.part(0, String.valueOf(target.getFileName()));
            try (BlockTarget empty = format.create(whole, source.disk().size(), options)) {
                empty.commit();
            }
            long size;
            try (EditableImage image = edit(output.editable())) {
                Rebase.Shared shared = shared(source, backingPath);
                int threads = source.threads(Workers.defaultThreads());
                Rebase.copyDifferences(
                        image, source.disk(), backing, shared, threads, listener, cancel);
                image.finish();
                size = image.size();
            }
            // A stream that is damaged behind its last data is refused before anything has a name.
            source.finish();
            output.commit();
            return size;
        }
    }

    /** Of a source over the same backing file only what it has itself is read. */
    private Rebase.Shared shared(ImageFiles.Source source, Path backing) throws IOException {
        if (!(source.disk() instanceof DiskImage disk) || disk.backing() == null) {
            return Rebase.Shared.NOTHING;
        }
        Path own =
                request.source()
                        .toAbsolutePath()
                        .resolveSibling(String.valueOf(disk.info().backingFile()));
        String ownFormat = disk.info().backingFormat();
        boolean same =
                Files.exists(own)
                        && Files.isSameFile(own, backing)
                        && Objects.equals(ownFormat, request.options().backingFormat());
        if (!same) {
            return Rebase.Shared.NOTHING;
        }
        return (offset, limit) -> {
            long stop = Math.min(limit, disk.size());
            if (offset >= stop) {
                return offset;
            }
            Mapping mapping = disk.allocation(offset, stop);
            return mapping instanceof Mapping.Backing ? mapping.end() : offset;
        };
    }

    private EditableImage edit(OutputFile output) throws IOException {
        try {
            return format.edit(output, cancel);
        } catch (IOException | RuntimeException e) {
            output.close();
            throw e;
        }
    }
}
