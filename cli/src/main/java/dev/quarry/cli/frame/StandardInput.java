package dev.quarry.cli.frame;

import dev.quarry.job.CancelToken;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;

/** Standard input that a cancel ends, also while a read waits for a pipe that is silent. */
public final class StandardInput extends InputStream {

    private final FileChannel channel = new FileInputStream(FileDescriptor.in).getChannel();
    private final InputStream in = Channels.newInputStream(channel);
    private final CancelToken cancel;

    /**
     * @param cancel ends it
     */
    public StandardInput(CancelToken cancel) {
        this.cancel = cancel;
        // A channel ends its reads when another thread closes it. System.in does not.
        cancel.onCancel(this::closeChannel);
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            return in.read(target, offset, length);
        } catch (ClosedChannelException e) {
            cancel.check();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
