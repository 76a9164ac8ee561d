package dev.quarry.block;

/** A target whose true size may be told at its end. */
public interface OpenEndedTarget extends BlockTarget {

    /**
     * Ends the disk before the size that the target was made with. Called once, by one thread,
     * before {@link #commit}; nothing but zeros was written behind.
     *
     * @param size guest bytes, at most {@link #size}, which may be padded to whole sectors
     */
    void endAt(long size);
}
