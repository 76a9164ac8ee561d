package dev.quarry.hash;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * One of libcrypto's. Its memory is given back when it is not reachable any more, and so it is kept
 * reachable until each call of the library has returned.
 */
final class LibcryptoHash implements Hash {

    private static final int BUFFER_BYTES = 4096;

    /** Behind the context. */
    private static final int BUFFER = Libcrypto.CONTEXT_BYTES;

    /** A call of so many bytes takes less than a tenth of a millisecond: nobody waits for it. */
    private static final long CALL_BYTES_MAX = 1 << 17;

    private final Libcrypto.Functions functions;

    /** The context, and behind it bytes from the heap that are still to be hashed. */
    private final MemorySegment memory = Arena.ofAuto().allocate(BUFFER + BUFFER_BYTES, Long.BYTES);

    private final long context = memory.address();
    private int buffered;

    LibcryptoHash(Libcrypto.Functions functions) {
        this.functions = functions;
        functions.begin(context);
    }

    @Override
    public void update(MemorySegment bytes, long position, long length) {
        Objects.checkFromIndexSize(position, length, bytes.byteSize());
        if (bytes.isNative()) {
            flush();
            try {
                for (long done = 0; done < length; done += CALL_BYTES_MAX) {
                    functions.update(
                            context,
                            bytes.address() + position + done,
                            Math.min(CALL_BYTES_MAX, length - done));
                }
            } finally {
                Reference.reachabilityFence(bytes);
                Reference.reachabilityFence(this);
            }
        } else {
            for (long done = 0; done < length; ) {
                int piece = room(length - done);
                MemorySegment.copy(bytes, position + done, memory, BUFFER + buffered, piece);
                buffered += piece;
                done += piece;
            }
        }
    }

    @Override
    public void update(byte[] bytes, int index, int length) {
        update(MemorySegment.ofArray(bytes), index, length);
    }

    /** How many of some bytes the buffer takes: one or more. */
    private int room(long bytes) {
        if (buffered == BUFFER_BYTES) {
            flush();
        }
        return (int) Math.min(bytes, BUFFER_BYTES - buffered);
    }

    private void flush() {
        if (buffered > 0) {
            try {
                functions.update(context, context + BUFFER, buffered);
            } finally {
                Reference.reachabilityFence(this);
            }
            buffered = 0;
        }
    }

    @Override
    public int digestBytes() {
        return functions.digestBytes();
    }

    @Override
    public void digest(byte[] target, int index) {
        flush();
        try {
            functions.end(context, context + BUFFER);
            MemorySegment.copy(
                    memory, ValueLayout.JAVA_BYTE, BUFFER, target, index, functions.digestBytes());
            functions.begin(context);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
