package dev.quarry.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A pack is read by many threads of a program, any of which may be interrupted. */
final class HostFileTest {

    private static final int SIZE = 16 << 20;
    private static final int ROUNDS = 100;

    @TempDir Path folder;

    private final byte[] content = new byte[SIZE];

    HostFileTest() {
        new Random(1).nextBytes(content);
    }

    private NewFile sealed(HostFolder host) throws IOException {
        NewFile file = host.newFile();
        file.write(0, MemorySegment.ofArray(content));
        file.seal();
        return file;
    }

    private void assertReadable(HostFile file) throws IOException {
        byte[] bytes = new byte[SIZE];
        file.read(0, MemorySegment.ofArray(bytes));
        assertArrayEquals(content, bytes);
    }

    @Test
    void anInterruptedThreadReadsAndStaysInterrupted() throws IOException {
        try (HostFolder host = new HostFolder(folder);
                NewFile made = sealed(host)) {
            Thread.currentThread().interrupt();
            try (HostFile file = made.open();
                    Arena arena = Arena.ofConfined()) {
                assertReadable(file);
                assertEquals(
                        content[SIZE - 1],
                        file.map(SIZE - 1, 1, arena).get(ValueLayout.JAVA_BYTE, 0));
                assertTrue(Thread.interrupted());
                assertReadable(file);
            } finally {
                boolean ignored = Thread.interrupted();
            }
        }
    }

    /** Also where the file was opened under a name that it has lost since. */
    @Test
    void anInterruptWithinAReadHarmsNoReader() throws Exception {
        try (HostFolder host = new HostFolder(folder);
                NewFile made = sealed(host);
                HostFile file = made.open();
                ExecutorService others = Executors.newFixedThreadPool(2)) {
            made.publish("file", false);
            Thread reader = Thread.currentThread();
            Future<?> other =
                    others.submit(() -> {
                        for (int i = 0; i < ROUNDS; i++) {
                            assertReadable(file);
                        }
                        return null;
                    });
            Future<?> interrupter =
                    others.submit(() -> {
                        while (!other.isDone()) {
                            reader.interrupt();
                            Thread.sleep(1);
                        }
                        return null;
                    });
            try {
                while (!interrupter.isDone()) {
                    assertReadable(file);
                }
            } finally {
                boolean ignored = Thread.interrupted();
            }
            other.get();
            interrupter.get();
        }
    }

    @Test
    void whatItsOwnerHasClosedStaysClosed() throws IOException {
        try (HostFolder host = new HostFolder(folder);
                NewFile made = sealed(host)) {
            HostFile file = made.open();
            file.close();
            assertThrows(ClosedChannelException.class, () -> assertReadable(file));
        }
    }
}
