package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Copies chunks from one store into a session of another, many at once, each compared with its id.
 * For one thread; the work in it is done by several.
 */
public final class ChunkTransfer implements Closeable {

    /** Chunks that are read at once, in the order in which they are stored: 8 MB of ids. */
    private static final int BATCH_CHUNKS = 1 << 18;

    /** Keeps the requests apart, so that each chunk is delivered alone. */
    private static final int STRIDE_BITS = 32;

    private final ChunkStore.Reading source;
    private final ChunkSession target;
    private final int threads;

    /** Whether what the source does not have whole is left out. */
    private final boolean isLenient;

    private final ChunkRequests requests = new ChunkRequests();
    private byte[] ids = new byte[1024 * Grid.DIGEST_BYTES];

    /** What each reading thread writes with; used by one thread at a time. */
    private final Map<Thread, Lane> lanes = new ConcurrentHashMap<>();

    private record Lane(FrameBuilder frames, StoreVerifier.ChunkCheck check) {}

    /**
     * @param source where the chunks are; becomes this one's
     * @param target stays the caller's
     */
    public ChunkTransfer(ChunkStore.Reading source, ChunkSession target, int threads) {
        this(source, target, threads, false);
    }

    private ChunkTransfer(
            ChunkStore.Reading source, ChunkSession target, int threads, boolean isLenient) {
        this.source = source;
        this.target = target;
        this.threads = threads;
        this.isLenient = isLenient;
    }

    /** Copies what the source has whole, chunk by chunk, and leaves out what is damaged there. */
    public static ChunkTransfer lenient(ChunkStore.Reading source, ChunkSession target) {
        return new ChunkTransfer(source, target, 1, true);
    }

    /** Whether the source has a chunk of so many bytes, damaged or not. */
    public boolean isInSource(byte[] id, int bytes) throws IOException {
        try {
            return source.has(id) && source.lengthOf(source.locate(id)) == bytes;
        } catch (StoreException e) {
            // Not even the tables of its pack hold.
            return false;
        }
    }

    /**
     * Asks for a chunk to be copied if the target does not have it.
     *
     * @param id 32 bytes; not kept
     * @param bytes that it must have
     * @throws StoreException of kind MISSING if the source does not have it
     */
    public void add(byte[] id, int bytes, CancelToken cancel) throws IOException {
        if (!target.claim(id)) {
            return;
        }
        long location = source.locate(id);
        if (source.lengthOf(location) != bytes) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "chunk " + HexFormat.of().formatHex(id) + " is not of " + bytes + " bytes");
        }
        int number = requests.count();
        if ((number + 1) * Grid.DIGEST_BYTES > ids.length) {
            ids = Arrays.copyOf(ids, ids.length * 2);
        }
        System.arraycopy(id, 0, ids, number * Grid.DIGEST_BYTES, Grid.DIGEST_BYTES);
        requests.add(location, (long) number << STRIDE_BITS);
        if (requests.count() == BATCH_CHUNKS) {
            flush(cancel);
        }
    }

    /** Copies what was asked for; the session can be committed afterwards. */
    public void flush(CancelToken cancel) throws IOException {
        if (isLenient) {
            copyEach(cancel);
        } else {
            source.readAll(requests, threads, cancel, this::accept);
        }
        requests.clear();
        for (Lane lane : lanes.values()) {
            lane.frames().flush();
        }
        closeLanes();
    }

    private void copyEach(CancelToken cancel) throws IOException {
        // As they are stored, so that a frame is decoded once.
        List<Integer> order =
                IntStream.range(0, requests.count())
                        .boxed()
                        .sorted(Comparator.comparingLong(requests::location))
                        .toList();
        ChunkRequests one = new ChunkRequests();
        try (ChunkReader reader = source.reader()) {
            for (int request : order) {
                cancel.check();
                one.clear();
                one.add(requests.location(request), requests.offset(request));
                MemorySegment plain = readOrNull(reader, one);
                if (plain != null) {
                    accept(requests.offset(request), plain);
                }
            }
        }
    }

    /** A chunk's bytes, valid until the reader reads again; null if they cannot be had. */
    private static @Nullable MemorySegment readOrNull(ChunkReader reader, ChunkRequests one) {
        @Nullable MemorySegment[] read = new @Nullable MemorySegment[1];
        try {
            reader.readAll(one, (_, plain) -> read[0] = plain);
            return read[0];
        } catch (IOException e) {
            // Damaged there, or on a bad place of the medium.
            return null;
        }
    }

    private void accept(long offset, MemorySegment plain) throws IOException {
        int number = (int) (offset >>> STRIDE_BITS);
        int at = number * Grid.DIGEST_BYTES;
        byte[] id = Arrays.copyOfRange(ids, at, at + Grid.DIGEST_BYTES);
        Lane lane =
                lanes.computeIfAbsent(
                        Thread.currentThread(),
                        thread ->
                                new Lane(
                                        target.newFrameBuilder(),
                                        new StoreVerifier.ChunkCheck(target.key())));
        int bytes = Math.toIntExact(plain.byteSize());
        if (!Arrays.equals(lane.check().idOf(plain, 0, bytes), id)) {
            if (isLenient) {
                return;
            }
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "chunk " + HexFormat.of().formatHex(id) + " is not what its id says");
        }
        lane.frames().add(id, plain, 0, bytes);
    }

    @Override
    public void close() throws IOException {
        closeLanes();
        source.close();
    }

    private void closeLanes() {
        List<Lane> all = new ArrayList<>(lanes.values());
        lanes.clear();
        for (Lane lane : all) {
            lane.frames().close();
        }
    }
}
