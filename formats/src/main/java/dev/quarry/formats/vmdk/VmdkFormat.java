package dev.quarry.formats.vmdk;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.ForwardDisk;
import dev.quarry.image.CheckReport;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.LayerCheck;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * VMware's virtual disks. Extents that the descriptor names by a bare file name lie beside it and
 * are part of the image; anything else that is named passes the gate.
 */
public final class VmdkFormat implements ImageFormat {

    /** The format's name. */
    public static final String NAME = "vmdk";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Confidence probe(MemorySegment head, long fileSize) {
        if (head.byteSize() >= Integer.BYTES) {
            int magic = head.get(VmdkLayout.INT, VmdkLayout.MAGIC_POSITION);
            if (magic == VmdkLayout.MAGIC || magic == VmdkLayout.COWD_MAGIC) {
                return Confidence.CERTAIN;
            }
        }
        return VmdkDescriptor.isLikely(head) ? Confidence.CERTAIN : Confidence.NO;
    }

    @Override
    public ImageInfo inspect(Storage storage) throws IOException {
        return VmdkDescription.read(storage).info(storage);
    }

    /** {@inheritDoc} These are streamOptimized ones. */
    @Override
    public ForwardDisk openForward(ForwardInput input) throws IOException {
        return VmdkStream.open(input);
    }

    @Override
    public DiskImage open(Storage storage, OpenOptions options) throws IOException {
        options.requireNoSnapshot(storage, NAME);
        return new VmdkOpener(storage, options).open();
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Options: {@code subformat} (monolithicSparse, monolithicFlat, twoGbMaxExtentSparse,
     * twoGbMaxExtentFlat or streamOptimized), {@code adapter_type}, {@code hwversion}, {@code
     * toolsversion}. Compressed means streamOptimized, whose target is an {@link
     * dev.quarry.block.EncodingTarget}. The disk has whole sectors: {@link BlockTarget#size} is
     * then more than {@code size}, and the caller can warn.
     */
    @Override
    public BlockTarget create(OutputFile file, long size, CreateOptions options)
            throws IOException {
        VmdkCreateOptions parsed = VmdkCreateOptions.parse(options, file.name());
        return parsed.subformat() == VmdkCreateOptions.Subformat.STREAM_OPTIMIZED
                ? new StreamOptimizedWriter(file, size, parsed)
                : new VmdkWriter(file, size, parsed);
    }

    @Override
    public boolean isCheckable() {
        return true;
    }

    /** {@inheritDoc} Extents that lie beside the descriptor are part of the image. */
    @Override
    public CheckReport check(Storage storage, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        OpenOptions options = OpenOptions.of(ImageFormats.of(this));
        try (DiskImage layer = new VmdkOpener(storage, options).openLayer()) {
            return LayerCheck.check(layer, findings, cancel);
        }
    }
}
