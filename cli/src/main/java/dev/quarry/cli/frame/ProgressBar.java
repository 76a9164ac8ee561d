package dev.quarry.cli.frame;

import dev.quarry.job.ProgressListener;

import java.util.concurrent.TimeUnit;

/**
 * Progress for people, on one line that is written over: {@code import [##### ] 42.1 % 1.2 GiB of
 * 2.84 GiB 512 MiB/s 0:03 left}.
 */
final class ProgressBar implements ProgressListener {

    private static final int WIDTH = 24;

    /** The rate is that of the last seconds: holes pass faster than data. */
    private static final double RATE_WEIGHT = 0.2;

    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final String what;
    private final Messages messages;
    private long lastNanos;
    private long lastBytes;
    private double bytesPerSecond;

    ProgressBar(String what, Messages messages) {
        this.what = what;
        this.messages = messages;
    }

    @Override
    public void progress(long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        if (doneBytes == 0) {
            lastNanos = now;
            lastBytes = 0;
            bytesPerSecond = 0;
        } else if (now > lastNanos) {
            double rate = (doneBytes - lastBytes) * NANOS_PER_SECOND / (now - lastNanos);
            bytesPerSecond =
                    bytesPerSecond == 0
                            ? rate
                            : RATE_WEIGHT * rate + (1 - RATE_WEIGHT) * bytesPerSecond;
            lastNanos = now;
            lastBytes = doneBytes;
        }
        if (doneBytes >= totalBytes) {
            messages.endLine();
        } else {
            messages.transientLine(line(what, doneBytes, totalBytes, bytesPerSecond));
        }
    }

    static String line(String what, long doneBytes, long totalBytes, double bytesPerSecond) {
        double share = totalBytes == 0 ? 1 : (double) doneBytes / totalBytes;
        int filled = (int) (share * WIDTH);
        StringBuilder line =
                new StringBuilder(what)
                        .append("  [")
                        .repeat('#', filled)
                        .repeat(' ', WIDTH - filled)
                        .append("]  ")
                        .append(PlainText.fixed(share * 100, 1, false))
                        .append(" %  ")
                        .append(PlainText.size(doneBytes))
                        .append(" of ")
                        .append(PlainText.size(totalBytes));
        if (bytesPerSecond >= 1) {
            long left = Math.round((totalBytes - doneBytes) / bytesPerSecond);
            line.append("  ")
                    .append(PlainText.size((long) bytesPerSecond))
                    .append("/s  ")
                    .append(PlainText.duration(left))
                    .append(" left");
        }
        return line.toString();
    }
}
