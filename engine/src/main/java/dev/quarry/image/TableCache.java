package dev.quarry.image;

import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Words of an image's metadata tables, read by pages and kept in a bounded cache. Thread-safe; a
 * hit takes no lock, and two threads that miss the same page may both read it. What a table claims
 * to hold costs nothing: only pages that are asked for are read, and never past the end of the
 * storage.
 *
 * <p>The pages are heap arrays: metadata is not the data path, and the garbage collector may then
 * take a page that another thread still reads.
 */
public final class TableCache {

    private record Page(long position, int length, MemorySegment bytes) {}

    private final Storage storage;
    private final int pageShift;
    private final int slotShift;
    private final AtomicReferenceArray<@Nullable Page> slots;
    private final ValueLayout.OfLong longLayout;
    private final ValueLayout.OfInt intLayout;

    /**
     * @param storage where the tables are; not closed here
     * @param order byte order of the words
     * @param pageBytes bytes read at once, a power of two from 8
     * @param capacityBytes bytes kept at most, at least one page
     */
    public TableCache(Storage storage, ByteOrder order, int pageBytes, int capacityBytes) {
        if (Integer.bitCount(pageBytes) != 1
                || pageBytes < Long.BYTES
                || capacityBytes < pageBytes) {
            throw new IllegalArgumentException(
                    "pages of " + pageBytes + " in " + capacityBytes + " bytes");
        }
        this.storage = storage;
        this.pageShift = Integer.numberOfTrailingZeros(pageBytes);
        int slotBits = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(capacityBytes / pageBytes);
        this.slotShift = Long.SIZE - slotBits;
        this.slots = new AtomicReferenceArray<>(1 << slotBits);
        this.longLayout = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        this.intLayout = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
    }

    /**
     * The 8-byte word at {@code position}.
     *
     * @param position host byte, a multiple of 8
     * @throws ImageException of kind TRUNCATED if the storage ends before the word does
     */
    public long longAt(long position) throws IOException {
        Page page = page(position, Long.BYTES);
        return page.bytes.get(longLayout, position - page.position);
    }

    /**
     * The 4-byte word at {@code position}, sign extended.
     *
     * @param position host byte, a multiple of 4
     * @throws ImageException of kind TRUNCATED if the storage ends before the word does
     */
    public int intAt(long position) throws IOException {
        Page page = page(position, Integer.BYTES);
        return page.bytes.get(intLayout, position - page.position);
    }

    private Page page(long position, int wordBytes) throws IOException {
        long number = position >>> pageShift;
        int slot =
                slotShift == Long.SIZE ? 0 : (int) ((number * 0x9E3779B97F4A7C15L) >>> slotShift);
        Page page = slots.get(slot);
        if (page == null || page.position != number << pageShift) {
            page = load(position, number << pageShift);
            slots.set(slot, page);
        }
        if (position - page.position + wordBytes > page.length) {
            throw pastEnd(position);
        }
        return page;
    }

    private Page load(long position, long start) throws IOException {
        if (position < 0 || position >= storage.size()) {
            throw pastEnd(position);
        }
        int length = (int) Math.min(1L << pageShift, storage.size() - start);
        MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
        storage.read(start, bytes);
        return new Page(start, length, bytes);
    }

    private ImageException pastEnd(long position) {
        return new ImageException(
                ImageException.Kind.TRUNCATED,
                storage.name(),
                position,
                "a table lies past the end of the file (0x"
                        + Long.toHexString(storage.size())
                        + ")");
    }
}
