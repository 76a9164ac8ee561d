package dev.quarry.operation;

import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.storage.Preallocation;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Changes the size of a disk in place; what a disk gets at its end is zeros. */
public final class Resize {

    private Resize() {}

    /**
     * Changes the size. Does not finish the image.
     *
     * @param disk the image again, opened for reading with its backing file
     * @param size guest bytes
     * @param preallocation of what is new
     */
    public static void resize(
            EditableImage image, DiskImage disk, long size, Preallocation preallocation)
            throws IOException {
        long before = image.size();
        if (size > before) {
            completeLastUnit(image, disk);
        }
        DiskImage backing = disk.backing();
        image.resize(size, backing == null ? 0 : backing.size(), preallocation);
    }

    /** Behind the old end, the last unit may hold anything, or show what the backing file has. */
    private static void completeLastUnit(EditableImage image, DiskImage disk) throws IOException {
        int unitBytes = image.unitBytes();
        long end = image.size();
        long start = end / unitBytes * unitBytes;
        if (start == end
                || (disk.backing() == null
                        && image.runAt(start, end).share() == EditableImage.Share.NONE)) {
            return;
        }
        MemorySegment unit = MemorySegment.ofArray(new byte[unitBytes]);
        disk.read(start, unit.asSlice(0, end - start));
        image.write(start, unit);
        image.flush();
    }
}
