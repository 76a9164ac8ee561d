package dev.quarry.formats.codec;

import io.airlift.compress.v3.internal.NativeLoader;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The library libdeflate, which compresses and decompresses whole buffers: the system's if it has
 * one, which takes a quarter of the time to load, or else the one that aircompressor brings along.
 * Loaded when it is first asked for. Thread-safe; what it makes is not.
 */
final class Libdeflate {

    /** The major version of the interface is part of the name. */
    private static final String SYSTEM_LIBRARY = "libdeflate.so.0";

    private static final String BUNDLED_LIBRARY = "deflate";

    /** Turns the library off, for tests and for who suspects it: {@code true} or absent. */
    private static final String DISABLED_PROPERTY = "dev.quarry.libdeflate.disabled";

    private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;

    private static final FunctionDescriptor COMPRESS =
            FunctionDescriptor.of(
                    SIZE,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    SIZE,
                    ValueLayout.ADDRESS,
                    SIZE);

    private static final FunctionDescriptor DECOMPRESS =
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    SIZE,
                    ValueLayout.ADDRESS,
                    SIZE,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS);

    /** The functions, as the library's header declares them. */
    record Functions(
            MethodHandle newCompressor,
            MethodHandle freeCompressor,
            MethodHandle compressBare,
            MethodHandle compressZlib,
            MethodHandle newDecompressor,
            MethodHandle freeDecompressor,
            MethodHandle decompressBare,
            MethodHandle decompressZlib) {}

    private static final class Holder {
        static final @Nullable Functions FUNCTIONS = load();
    }

    private Libdeflate() {}

    static boolean isAvailable() {
        return Holder.FUNCTIONS != null;
    }

    /**
     * @throws IllegalStateException if it is not available
     */
    static Functions functions() {
        Functions functions = Holder.FUNCTIONS;
        if (functions == null) {
            throw new IllegalStateException("libdeflate is not available");
        }
        return functions;
    }

    private static @Nullable Functions load() {
        if (Boolean.getBoolean(DISABLED_PROPERTY)) {
            return null;
        }
        SymbolLookup library = system();
        if (library == null) {
            library = bundled();
        }
        return library == null ? null : link(library);
    }

    // Restricted: a library of that name with other functions could crash the JVM.
    @SuppressWarnings("restricted")
    private static @Nullable SymbolLookup system() {
        try {
            return SymbolLookup.libraryLookup(SYSTEM_LIBRARY, Arena.global());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable SymbolLookup bundled() {
        try {
            return NativeLoader.loadLibrary(BUNDLED_LIBRARY);
        } catch (LinkageError e) {
            return null; // Not for this platform, or no folder to unpack it into.
        }
    }

    private static @Nullable Functions link(SymbolLookup library) {
        FunctionDescriptor free = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);
        MethodHandle[] handles = {
            find(
                    library,
                    "libdeflate_alloc_compressor",
                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT)),
            find(library, "libdeflate_free_compressor", free),
            find(library, "libdeflate_deflate_compress", COMPRESS),
            find(library, "libdeflate_zlib_compress", COMPRESS),
            find(
                    library,
                    "libdeflate_alloc_decompressor",
                    FunctionDescriptor.of(ValueLayout.ADDRESS)),
            find(library, "libdeflate_free_decompressor", free),
            find(library, "libdeflate_deflate_decompress_ex", DECOMPRESS),
            find(library, "libdeflate_zlib_decompress_ex", DECOMPRESS)
        };
        for (MethodHandle handle : handles) {
            if (handle == null) {
                return null;
            }
        }
        return new Functions(
                handles[0],
                handles[1],
                handles[2],
                handles[3],
                handles[4],
                handles[5],
                handles[6],
                handles[7]);
    }

    // NullAway: an array of handles of which some may be missing is checked by the caller.
    @SuppressWarnings({"restricted", "NullAway"})
    private static MethodHandle find(
            SymbolLookup library, String name, FunctionDescriptor descriptor) {
        return library.find(name)
                .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor))
                .orElse(null);
    }

    /** A failure of the call itself, which none of the functions has. */
    static AssertionError unexpected(Throwable failure) {
        return new AssertionError("a call of libdeflate failed", failure);
    }

    /** Refuses the null that the library returns when it gets no memory. */
    static MemorySegment requireMemory(MemorySegment made) {
        if (made.address() == 0) {
            throw new OutOfMemoryError("libdeflate got no memory");
        }
        return made;
    }
}
