package dev.quarry.formats.vmdk;

import dev.quarry.formats.codec.UnitReader;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.LayeredImage;
import dev.quarry.image.Mapping;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A VMDK: its extents, one behind the other. */
final class VmdkImage extends LayeredImage {

    private final Storage storage;
    private final List<VmdkExtent> extents;
    private final UnitReader grains;
    private final long[] offsets;

    /**
     * @param storage of the descriptor; closed with the extents, if it is one of them
     * @param extents contiguous from 0, none of them empty; become the image's
     */
    VmdkImage(
            Storage storage,
            List<VmdkExtent> extents,
            UnitReader grains,
            ImageInfo info,
            @Nullable DiskImage parent) {
        super(info, parent);
        this.storage = storage;
        this.extents = List.copyOf(extents);
        this.grains = grains;
        this.offsets = extents.stream().mapToLong(VmdkExtent::offset).toArray();
    }

    @Override
    protected List<Storage> storages() {
        List<Storage> storages = new ArrayList<>();
        storages.add(storage);
        for (VmdkExtent extent : extents) {
            Storage file = extent.storage();
            if (file != null) {
                storages.add(file);
            }
        }
        return storages;
    }

    @Override
    protected Mapping lookup(long offset, long limit) throws IOException {
        VmdkExtent extent = extentOf(offset);
        return extent.lookup(offset, Math.min(limit, extent.end()));
    }

    @Override
    protected void decode(Mapping.Encoded encoded, MemorySegment target) throws IOException {
        if (!(extentOf(encoded.offset()) instanceof SparseExtent sparse)) {
            throw new AssertionError("only sparse extents are encoded");
        }
        sparse.decode(encoded, target);
    }

    private VmdkExtent extentOf(long offset) {
        int found = Arrays.binarySearch(offsets, offset);
        return extents.get(found >= 0 ? found : -found - 2);
    }

    @Override
    public void close() throws IOException {
        grains.close();
        IOException failure = null;
        for (VmdkExtent extent : extents) {
            try {
                extent.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        super.close();
        if (failure != null) {
            throw failure;
        }
    }
}
