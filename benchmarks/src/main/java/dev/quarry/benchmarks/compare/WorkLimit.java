package dev.quarry.benchmarks.compare;

import dev.quarry.Quarry;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.chunk.Grid;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotRoot;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.Storage;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.LocalBlobStore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;

/**
 * The least that a program can do that compresses what is new of some images and hashes all of
 * them: zstd on two threads over the chunks that differ, and SHA-256 on two cores over all data, by
 * the programs that others trust for it.
 */
final class WorkLimit {

    static final String NAME = "zstd + SHA-256";

    private static final int COPY_BYTES = 1 << 20;

    private final Peer zstd;
    private final Peer openssl;
    private final Path unique;
    private final List<Path> halves;

    private WorkLimit(Peer zstd, Peer openssl, Path unique, List<Path> halves) {
        this.zstd = zstd;
        this.openssl = openssl;
        this.unique = unique;
        this.halves = halves;
    }

    /**
     * Writes the files that the two programs read.
     *
     * @param stock has all images
     * @param folder an empty one, which takes some twice as much as the images' data
     */
    static WorkLimit prepare(
            Peer zstd, Peer openssl, DataSet data, QuarryProgram.Stock stock, Path folder)
            throws IOException {
        Path unique = folder.resolve("unique");
        List<Path> halves = List.of(folder.resolve("half-1"), folder.resolve("half-2"));
        try (Appender target = new Appender(unique)) {
            writeUnique(data, stock, target);
        }
        long half = data.images().stream().mapToLong(DataSet.Image::dataBytes).sum() / 2;
        try (Appender first = new Appender(halves.getFirst());
                Appender second = new Appender(halves.getLast())) {
            for (DataSet.Image image : data.images()) {
                try (Storage file = FileStorage.open(image.file())) {
                    for (DataSet.Range range : image.ranges()) {
                        long left = Math.clamp(half - first.length(), 0, range.length());
                        first.append(file, range.position(), left);
                        second.append(file, range.position() + left, range.length() - left);
                    }
                }
            }
        }
        return new WorkLimit(zstd, openssl, unique, halves);
    }

    private static void writeUnique(DataSet data, QuarryProgram.Stock stock, Appender target)
            throws IOException {
        BitSet seen = new BitSet();
        try (Quarry quarry = Quarry.openOrCreate(stock.folder());
                LocalBlobStore blobs = new LocalBlobStore(stock.folder());
                ChunkStore chunks = ChunkStore.open(blobs)) {
            SnapshotReader reader = new SnapshotReader(chunks, 1);
            ChunkStore.Reading reading = chunks.reading();
            for (DataSet.Image image : data.images()) {
                Snapshot snapshot = quarry.catalog().prepareExport(stock.id(image));
                SnapshotRoot root = reader.root(snapshot.root());
                try (Storage file = FileStorage.open(image.file())) {
                    reader.leaves(
                            root,
                            (page, leaf) -> {
                                long start = page * Grid.PAGE_BYTES - root.lead();
                                while (leaf.next()) {
                                    int chunk =
                                            Math.toIntExact(
                                                    reading.ordinal(reading.locate(leaf.id())));
                                    if (!seen.get(chunk)) {
                                        seen.set(chunk);
                                        long at = (long) leaf.firstBlock() * Grid.BLOCK_BYTES;
                                        target.append(file, start + at, leaf.bytes());
                                    }
                                }
                            });
                }
            }
        }
    }

    /** The two programs, one after the other. */
    Contender contender() {
        return new Contender() {
            @Override
            public String name() {
                return NAME;
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of(
                        Invocation.of(
                                zstd.program(),
                                "-q",
                                "-1",
                                "-T2",
                                unique,
                                "-o",
                                folder.resolve("out.zst")),
                        Invocation.of(
                                "sh",
                                "-c",
                                digest(halves.getFirst())
                                        + " & "
                                        + digest(halves.getLast())
                                        + "; wait"));
            }

            private String digest(Path file) {
                return openssl.program() + " dgst -sha256 " + file;
            }

            @Override
            public long outputBytes(Path folder) throws IOException {
                return FileSizes.ofAll(folder);
            }
        };
    }

    /**
     * Writes ranges of files one after the other; what lies before or behind a file is left out.
     */
    private static final class Appender implements AutoCloseable {
        private final FileChannel channel;
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment buffer = arena.allocate(COPY_BYTES);
        private long length;

        Appender(Path file) throws IOException {
            this.channel =
                    FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        long length() {
            return length;
        }

        void append(Storage file, long position, long bytes) throws IOException {
            long end = Math.min(position + bytes, file.size());
            for (long at = Math.max(0, position); at < end; ) {
                MemorySegment piece = buffer.asSlice(0, Math.min(COPY_BYTES, end - at));
                file.read(at, piece);
                for (ByteBuffer rest = piece.asByteBuffer(); rest.hasRemaining(); ) {
                    length += channel.write(rest);
                }
                at += piece.byteSize();
            }
        }

        @Override
        public void close() throws IOException {
            try (channel) {
                arena.close();
            }
        }
    }
}
