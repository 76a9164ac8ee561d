package dev.quarry.storage;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * The Linux calls that the JDK does not offer. Every method says by its result that the call did
 * not work, and every caller has a plain-Java way for that case, so nothing depends on this class
 * being usable: {@link #isAvailable} is false elsewhere.
 *
 * <p>Numbers are those of Linux on every 64-bit architecture (the generic {@code fcntl.h}, {@code
 * falloc.h}, {@code fs.h}).
 */
final class Linux {

    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int FALLOC_FL_KEEP_SIZE = 0x01;
    private static final int FALLOC_FL_PUNCH_HOLE = 0x02;
    private static final int FALLOC_FL_ZERO_RANGE = 0x10;
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int ENXIO = 6;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BLOCKS = 0x400;

    /**
     * {@code struct statx} is 256 bytes on every architecture; {@code stx_blocks} counts 512-byte
     * units.
     */
    private static final int STATX_SIZE = 256;

    private static final int STATX_BLOCKS_POSITION = 48;
    private static final int STATX_BLOCK_BYTES = 512;

    /** {@code struct flock} of 64-bit Linux, whose {@code l_whence} 0 is the file's beginning. */
    private static final int FLOCK_SIZE = 32;

    private static final int FLOCK_TYPE_POSITION = 0;
    private static final int FLOCK_START_POSITION = 8;
    private static final int FLOCK_LENGTH_POSITION = 16;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private Linux() {}

    static boolean isAvailable() {
        return Calls.LSEEK != null;
    }

    /** Links the calls on a thread of its own, so that nobody has to wait for it later. */
    static void linkAhead() {
        Thread.ofPlatform().daemon().name("link").start(Linux::isAvailable);
    }

    /**
     * The calls, linked when the first of them is wanted.
     *
     * <p>All have one shape, five {@code long}s and a {@code long} result, because making a shape
     * costs 10 to 15 ms and a call of a known one nothing. That is sound for every call here: the C
     * calling conventions of 64-bit Linux pass the first integers and pointers in registers, each
     * in one of its own, of which a function reads as much as it declares; and registers that it
     * does not declare, it does not read. Of an {@code int} result the upper half is undefined, so
     * it is cast.
     */
    private static final class Calls {
        private static final boolean LINUX = "Linux".equals(System.getProperty("os.name"));
        private static final FunctionDescriptor SHAPE =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG);

        static final MethodHandle OPEN = link("open");
        static final MethodHandle CLOSE = link("close");
        static final MethodHandle LSEEK = link("lseek");
        static final MethodHandle FALLOCATE = link("fallocate");
        static final MethodHandle STATX = link("statx");
        static final MethodHandle FCNTL = link("fcntl");

        private Calls() {}

        // Restricted: a wrong shape could crash the JVM; see above for why it is not wrong. Null
        // stands for "not available".
        @SuppressWarnings({"restricted", "NullAway"})
        static MethodHandle link(String name) {
            if (!LINUX) {
                return null;
            }
            Linker linker = Linker.nativeLinker();
            return linker.defaultLookup()
                    .find(name)
                    .map(address ->
                            linker.downcallHandle(
                                    address, SHAPE, Linker.Option.captureCallState("errno")))
                    .orElse(null);
        }
    }

    private static long call(
            MethodHandle function, MemorySegment state, long a, long b, long c, long d, long e) {
        try {
            return (long) function.invokeExact(state, a, b, c, d, e);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    /** Opens a path; returns the descriptor, or -1. */
    static int open(Path path, boolean writable) {
        if (!isAvailable()) {
            return -1;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            int flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC;
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) call(Calls.OPEN, state, name.address(), flags, 0, 0, 0);
        }
    }

    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            long ignored = call(Calls.CLOSE, arena.allocate(CALL_STATE), descriptor, 0, 0, 0, 0);
        }
    }

    /**
     * {@code lseek} with {@link #SEEK_DATA} or {@link #SEEK_HOLE}.
     *
     * @return the position; {@code Long.MAX_VALUE} if there is no data behind {@code position}; -1
     *     if the file system cannot tell
     */
    static long seek(int descriptor, long position, int whence) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long found = call(Calls.LSEEK, state, descriptor, position, whence, 0, 0);
            if (found < 0 && (int) ERRNO.get(state, 0L) == ENXIO) {
                return Long.MAX_VALUE;
            }
            return found;
        }
    }

    /** Deallocates a range of a file, so that it reads as zeros; false if that cannot be had. */
    static boolean punchHole(int descriptor, long position, long length) {
        return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, position, length);
    }

    /**
     * Makes a range of a file or device read as zeros, by the quickest means the kernel has; false
     * if it has none.
     */
    static boolean zeroRange(int descriptor, long position, long length) {
        return fallocate(descriptor, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, position, length);
    }

    /** Allocates a range of a file, which reads as zeros where it was not; false if not had. */
    static boolean allocate(int descriptor, long position, long length) {
        return fallocate(descriptor, 0, position, length);
    }

    private static boolean fallocate(int descriptor, int mode, long position, long length) {
        if (descriptor < 0 || Calls.FALLOCATE == null) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) call(Calls.FALLOCATE, state, descriptor, mode, position, length, 0) == 0;
        }
    }

    /**
     * Locks a range of a file for writing, until the descriptor is closed: a lock of the open file
     * description. A {@link java.nio.channels.FileLock} is the process's instead, and the system
     * takes it away when the process closes any descriptor of the file, a reader's for instance.
     *
     * @return false if somebody else has a lock there; true as well where locks cannot be had
     */
    static boolean lock(int descriptor, long position, long length) {
        if (descriptor < 0 || Calls.FCNTL == null) {
            return true;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment lock = writeLock(arena, position, length);
            if ((int) call(Calls.FCNTL, state, descriptor, F_OFD_SETLK, lock.address(), 0, 0)
                    == 0) {
                return true;
            }
            int error = (int) ERRNO.get(state, 0L);
            return error != EAGAIN && error != EACCES;
        }
    }

    /** Whether somebody else has a lock in a range; the descriptor may be for reading only. */
    static boolean isLocked(int descriptor, long position, long length) {
        if (descriptor < 0 || Calls.FCNTL == null) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment lock = writeLock(arena, position, length);
            return (int) call(Calls.FCNTL, state, descriptor, F_OFD_GETLK, lock.address(), 0, 0)
                            == 0
                    && lock.get(ValueLayout.JAVA_SHORT, FLOCK_TYPE_POSITION) != F_UNLCK;
        }
    }

    private static MemorySegment writeLock(Arena arena, long position, long length) {
        MemorySegment lock = arena.allocate(FLOCK_SIZE, Long.BYTES);
        lock.set(ValueLayout.JAVA_SHORT, FLOCK_TYPE_POSITION, F_WRLCK);
        lock.set(ValueLayout.JAVA_LONG, FLOCK_START_POSITION, position);
        lock.set(ValueLayout.JAVA_LONG, FLOCK_LENGTH_POSITION, length);
        return lock;
    }

    /** Bytes that a file takes on its file system, or -1. */
    static long allocatedBytes(int descriptor) {
        if (descriptor < 0 || Calls.STATX == null) {
            return -1;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment empty = arena.allocateFrom("");
            MemorySegment result = arena.allocate(STATX_SIZE, Long.BYTES);
            int code =
                    (int)
                            call(
                                    Calls.STATX,
                                    state,
                                    descriptor,
                                    empty.address(),
                                    AT_EMPTY_PATH,
                                    STATX_BLOCKS,
                                    result.address());
            return code == 0
                    ? result.get(ValueLayout.JAVA_LONG, STATX_BLOCKS_POSITION) * STATX_BLOCK_BYTES
                    : -1;
        }
    }
}
