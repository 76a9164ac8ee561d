package dev.quarry.benchmarks.compare;

import dev.quarry.storage.FileStorage;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The raw images that a comparison works on.
 *
 * @param images in the order that they are imported in
 */
public record DataSet(List<Image> images) {

    private static final int READ_BYTES = 1 << 20;

    public DataSet {
        images = List.copyOf(images);
    }

    /**
     * A range of a file that is not a hole.
     *
     * @param position of its first byte
     * @param length in bytes
     */
    public record Range(long position, long length) {}

    /**
     * A raw image.
     *
     * @param name its file name without the ending
     * @param file where it is
     * @param size in bytes
     * @param ranges where the file has data
     */
    public record Image(String name, Path file, long size, List<Range> ranges) {

        /** Bytes that are not holes. */
        public long dataBytes() {
            return ranges.stream().mapToLong(Range::length).sum();
        }
    }

    /**
     * Looks at images, and reads them once, so that the page cache has them.
     *
     * @throws IOException if one cannot be read, or two have the same name
     */
    public static DataSet of(List<Path> files) throws IOException {
        List<Image> images = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Path file : files) {
            Image image = look(file);
            if (!names.add(image.name())) {
                throw new IOException("two images are called " + image.name());
            }
            images.add(image);
        }
        return new DataSet(images);
    }

    private static Image look(Path file) throws IOException {
        String name = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
        List<Range> ranges = new ArrayList<>();
        try (Storage storage = FileStorage.open(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(READ_BYTES);
            long size = storage.size();
            for (long at = storage.nextData(0, size); at < size; ) {
                long end = storage.nextHole(at, size);
                ranges.add(new Range(at, end - at));
                for (long offset = at; offset < end; offset += READ_BYTES) {
                    storage.read(offset, buffer.asSlice(0, Math.min(READ_BYTES, end - offset)));
                }
                at = storage.nextData(end, size);
            }
            return new Image(name, file.toRealPath(), size, ranges);
        }
    }

    /** Has a runner show the images' folders as {@code $IMAGES}. */
    void nameFolders(JobRunner runner) {
        int count = 0;
        for (Image image : images) {
            Path folder = image.file().toAbsolutePath().getParent();
            if (folder != null) {
                count++;
                runner.name(count == 1 ? "$IMAGES" : "$IMAGES" + count, folder);
            }
        }
    }

    /** Where {@link #writeRanges} writes. */
    static Path rangesFile(Image image, Path folder) {
        return folder.resolve(image.name() + ".ranges");
    }

    /** Writes an image's ranges as {@code HashRanges} reads them. */
    static void writeRanges(Image image, Path folder) throws IOException {
        Files.write(
                rangesFile(image, folder),
                image.ranges().stream()
                        .map(range -> range.position() + " " + range.length())
                        .toList());
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        for (Image image : images) {
            json.put(image.name(), Map.of("bytes", image.size(), "dataBytes", image.dataBytes()));
        }
        return json;
    }

    @Override
    public String toString() {
        return images.stream()
                .map(image -> image.name() + " (" + (image.dataBytes() >> 20) + " MiB of data)")
                .collect(Collectors.joining(", "));
    }
}
