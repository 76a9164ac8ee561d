package dev.quarry.store;

import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which chunks go into which new pack, so that threads can make the packs beside each other. It
 * follows from the packs and what is needed of them alone: not from threads, so that a rehearsal
 * gives the same packs.
 */
final class RewritePlan {

    /** What is dealt out, in the order in which it is stored, is this part of a full pack. */
    private static final int PIECE_PART = 32;

    /** New packs are so many at least, if each has a quarter of a full one. */
    private static final int PACKS_MIN = 4;

    /**
     * Some frames of a pack.
     *
     * @param slot the pack's
     * @param from number of the first chunk of the first frame
     * @param to number of the first chunk behind the last frame
     * @param bytes that what is needed takes, about
     * @param chunks that are needed
     */
    record Piece(int slot, int from, int to, long bytes, int chunks) {}

    private final List<List<Piece>> packs = new ArrayList<>();

    private RewritePlan() {}

    /** Pieces of each new pack, in the order in which they are copied. */
    List<List<Piece>> packs() {
        return packs;
    }

    /**
     * @param slots packs that are rewritten, in their order
     */
    static RewritePlan of(
            LiveChunks live,
            List<Integer> slots,
            ChunkSession.Limits limits,
            int threads,
            CancelToken cancel)
            throws IOException {
        List<List<Piece>> pieces = new ArrayList<>();
        slots.forEach(_ -> pieces.add(new ArrayList<>()));
        Workers.run(
                "quarry-gc",
                slots.size(),
                threads,
                cancel,
                () ->
                        index ->
                                cut(
                                        live,
                                        slots.get((int) index),
                                        limits.packBytes() / PIECE_PART,
                                        pieces.get((int) index)));
        RewritePlan plan = new RewritePlan();
        plan.deal(pieces.stream().flatMap(List::stream).toList(), limits.packBytes());
        return plan;
    }

    private void deal(List<Piece> pieces, long packBytes) {
        long total = 0;
        for (Piece piece : pieces) {
            total += piece.bytes();
        }
        long count = Math.min(PACKS_MIN, total * PACKS_MIN / packBytes);
        count = Math.max(1, Math.max(count, Math.ceilDiv(total, packBytes)));
        // An even number: two threads end at the same time.
        count += count > 1 ? count % 2 : 0;
        long target = Math.ceilDiv(total, count);
        List<Piece> pack = new ArrayList<>();
        long bytes = 0;
        long chunks = 0;
        for (Piece piece : pieces) {
            if (!pack.isEmpty()
                    && (bytes + piece.bytes() / 2 > target
                            || chunks + piece.chunks() > ChunkSession.Limits.PACK_CHUNKS)) {
                packs.add(pack);
                pack = new ArrayList<>();
                bytes = 0;
                chunks = 0;
            }
            pack.add(piece);
            bytes += piece.bytes();
            chunks += piece.chunks();
        }
        if (!pack.isEmpty()) {
            packs.add(pack);
        }
    }

    /** Adds what is needed of a pack, in pieces; of a damaged one one piece, which will fail. */
    private static void cut(LiveChunks live, int slot, long pieceBytes, List<Piece> pieces)
            throws IOException {
        if (!live.hasAny(slot)) {
            return;
        }
        PackReader pack;
        try {
            pack = live.index().checkedPack(slot);
        } catch (StoreException e) {
            pieces.add(new Piece(slot, 0, 0, 0, 0));
            return;
        }
        int from = 0;
        long bytes = 0;
        int needed = 0;
        for (int chunk = 0; chunk < pack.chunks(); ) {
            int frame = pack.chunkFrame(chunk);
            long plain = 0;
            int end = chunk;
            while (end < pack.chunks() && pack.chunkFrame(end) == frame) {
                if (live.isLive(slot, end)) {
                    plain += pack.chunkLength(end);
                    needed++;
                }
                end++;
            }
            bytes +=
                    plain * pack.frameStoredBytes(frame) / Math.max(1, pack.framePlainBytes(frame));
            chunk = end;
            if (bytes >= pieceBytes
                    || needed >= ChunkSession.Limits.PACK_CHUNKS / PIECE_PART
                    || end == pack.chunks()) {
                if (needed > 0) {
                    pieces.add(new Piece(slot, from, end, bytes, needed));
                }
                from = end;
                bytes = 0;
                needed = 0;
            }
        }
    }
}
