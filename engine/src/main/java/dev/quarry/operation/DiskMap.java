package dev.quarry.operation;

import dev.quarry.image.DiskImage;
import dev.quarry.image.Mapping;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.function.Consumer;

/** Lists where the bytes of a disk are, through its backing chain, without reading them. */
public final class DiskMap {

    private final DiskImage image;
    private final Consumer<MapEntry> listener;
    private @Nullable MapEntry pending;

    private DiskMap(DiskImage image, Consumer<MapEntry> listener) {
        this.image = image;
        this.listener = listener;
    }

    /**
     * Lists a range.
     *
     * @param start first guest byte
     * @param end guest byte to stop at; what lies past the end of the disk is left out
     * @param listener gets ranges in ascending order, contiguous, as long as they can be
     */
    public static void list(
            DiskImage image, long start, long end, Consumer<MapEntry> listener, CancelToken cancel)
            throws IOException {
        DiskMap map = new DiskMap(image, listener);
        long limit = Math.min(end, image.size());
        for (long offset = start; offset < limit; ) {
            cancel.check();
            MapEntry entry = map.entryAt(offset, limit);
            map.add(entry);
            offset = entry.end();
        }
        map.flush();
    }

    private void add(MapEntry entry) {
        MapEntry before = pending;
        if (before != null && before.isContinuedBy(entry)) {
            pending = before.joinedWith(entry);
        } else {
            flush();
            pending = entry;
        }
    }

    private void flush() {
        if (pending != null) {
            listener.accept(pending);
        }
        pending = null;
    }

    private MapEntry entryAt(long offset, long limit) throws IOException {
        DiskImage layer = image;
        long end = limit;
        for (int depth = 0; ; depth++) {
            Mapping mapping = layer.allocation(offset, end);
            DiskImage below = layer.backing();
            switch (mapping) {
                case Mapping.Stored stored -> {
                    return stored(layer, stored, depth);
                }
                case Mapping.Encoded encoded -> {
                    return new MapEntry(offset, encoded.length(), depth, true, false, true, -1, "");
                }
                case Mapping.Zero zero -> {
                    return new MapEntry(
                            offset, zero.length(), depth, zero.explicit(), true, false, -1, "");
                }
                case Mapping.Backing unallocated -> {
                    if (below == null || offset >= below.size()) {
                        return new MapEntry(
                                offset, unallocated.length(), depth, false, true, false, -1, "");
                    }
                    end = Math.min(unallocated.end(), below.size());
                    layer = below;
                }
            }
        }
    }

    /** A hole of the host file is zeros; in a raw layer it is a hole of the disk as well. */
    private static MapEntry stored(DiskImage layer, Mapping.Stored stored, int depth)
            throws IOException {
        Storage storage = stored.storage();
        long start = stored.position();
        long end = start + stored.length();
        long data = storage.nextData(start, end);
        boolean hole = data > start;
        boolean raw = layer.info().format().equals("raw");
        return new MapEntry(
                stored.offset(),
                (hole ? data : storage.nextHole(start, end)) - start,
                depth,
                true,
                hole,
                !(hole && raw),
                start,
                storage.name());
    }
}
