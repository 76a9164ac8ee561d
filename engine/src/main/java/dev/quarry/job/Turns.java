package dev.quarry.job;

/**
 * Lets threads do their pieces in any order and end them in ascending order. Thread-safe.
 *
 * <p>Whoever takes a piece must end it, with {@link #next} or {@link #fail}: others wait for that.
 */
public final class Turns {

    private long turn;
    private boolean failed;

    /** Makes turns that begin with piece 0. */
    public Turns() {}

    /**
     * Waits until all pieces before this one have ended.
     *
     * @throws CancelledException if one of them failed
     */
    public synchronized void await(long piece) throws CancelledException {
        boolean interrupted = false;
        while (turn != piece && !failed) {
            try {
                wait();
            } catch (InterruptedException e) {
                // The file is whole or is none; the flag is handed on.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failed) {
            throw new CancelledException();
        }
    }

    /** Ends the piece whose turn it is. */
    public synchronized void next() {
        turn++;
        notifyAll();
    }

    /** Wakes all who wait: a piece will never end. */
    public synchronized void fail() {
        failed = true;
        notifyAll();
    }
}
