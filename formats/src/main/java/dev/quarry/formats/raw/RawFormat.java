package dev.quarry.formats.raw;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.ForwardDisk;
import dev.quarry.block.OpenEndedTarget;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.MeasuredSize;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Preallocation;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Set;

/**
 * The disk's bytes and nothing else, of any number: an odd size is kept. Every file is a possible
 * raw image, so detection takes this format only if no other matches.
 */
public final class RawFormat implements ImageFormat {

    /** The format's name. */
    public static final String NAME = "raw";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Confidence probe(MemorySegment head, long fileSize) {
        return Confidence.POSSIBLE;
    }

    @Override
    public ImageInfo inspect(Storage storage) {
        return new ImageInfo(NAME, storage.size(), 0, null, null, false, false, Map.of());
    }

    @Override
    public DiskImage open(Storage storage, OpenOptions options) throws IOException {
        options.requireNoSnapshot(storage, NAME);
        return new RawImage(storage, inspect(storage));
    }

    @Override
    public ForwardDisk openForward(ForwardInput input) {
        return new RawStream(input);
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Option: {@code preallocation} (off, falloc or full). A raw image cannot name a backing
     * file.
     */
    @Override
    public BlockTarget create(OutputFile file, long size, CreateOptions options)
            throws IOException {
        Preallocation preallocation = preallocation(file, options);
        if (preallocation == Preallocation.METADATA) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    file.name(),
                    -1,
                    "option preallocation=metadata: a raw image has none");
        }
        RawWriter writer = RawWriter.sized(file, size);
        file.preallocate(0, size, preallocation);
        return writer;
    }

    @Override
    public MeasuredSize measure(long size, @Nullable BlockSource source, CreateOptions options)
            throws IOException {
        options.requireKnown(NAME, NAME, Set.of());
        return new MeasuredSize(size, size);
    }

    @Override
    public EditableImage edit(OutputFile file, CancelToken cancel) {
        return new RawEditor(file);
    }

    @Override
    public OpenEndedTarget createOpenEnded(OutputFile file, long sizeMax, CreateOptions options)
            throws IOException {
        if (preallocation(file, options) != Preallocation.OFF) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    file.name(),
                    -1,
                    "option preallocation: the size is known at the end only");
        }
        return new RawWriter(file, sizeMax);
    }

    /** Checks the options, of which only one says anything. */
    private static Preallocation preallocation(OutputFile file, CreateOptions options)
            throws ImageException {
        options.requireKnown(file.name(), NAME, Set.of(CreateOptions.PREALLOCATION));
        options.requirePlain(file.name(), NAME);
        options.requireNoBacking(file.name(), NAME);
        return options.preallocation(file.name());
    }
}
