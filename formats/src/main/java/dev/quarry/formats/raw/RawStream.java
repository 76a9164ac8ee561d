package dev.quarry.formats.raw;

import dev.quarry.block.ForwardDisk;
import dev.quarry.image.stream.ForwardInput;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A raw disk that comes through a pipe: its size is known at its end. */
final class RawStream implements ForwardDisk {

    private final ForwardInput input;

    RawStream(ForwardInput input) {
        this.input = input;
    }

    @Override
    public long size() {
        return UNKNOWN_SIZE;
    }

    @Override
    public long skipZeros() {
        return 0;
    }

    @Override
    public int read(MemorySegment target) throws IOException {
        return input.read(target);
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
