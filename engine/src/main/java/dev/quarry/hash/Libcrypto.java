package dev.quarry.hash;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The hash functions of OpenSSL's libcrypto, version 3, where the system has it: those of {@code
 * openssl/sha.h}, which need nothing to be set up. Loaded when the first is asked for. One is used
 * only if it gives the digest that its standard gives as an example. Thread-safe.
 */
final class Libcrypto {

    /** The major version of the interface is part of the name. */
    private static final String LIBRARY = "libcrypto.so.3";

    /** Turns the library off, for tests and for who suspects it: {@code true} or absent. */
    static final String DISABLED_PROPERTY = "dev.quarry.libcrypto.disabled";

    /** More than any context has: a {@code SHA512_CTX} has 216 bytes. */
    static final int CONTEXT_BYTES = 256;

    /**
     * All functions have this shape, because making one costs 10 ms: {@code
     * dev.quarry.storage.Linux} says why a function may get more numbers than it takes.
     */
    private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG);

    /** Of {@code abc}, the example of FIPS 180, by the names of the functions in the JDK. */
    private static final Map<String, String> DIGESTS_OF_ABC =
            Map.of(
                    "SHA-1",
                    "a9993e364706816aba3e25717850c26c9cd0d89d",
                    "SHA-256",
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                    "SHA-384",
                    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                            + "8086072ba1e7cc2358baeca134c825a7",
                    "SHA-512",
                    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                            + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");

    private static final Map<String, Optional<Functions>> BY_ALGORITHM = new ConcurrentHashMap<>();

    private static final class Loaded {
        static final @Nullable SymbolLookup LIBRARY_OR_NULL = load();

        private Loaded() {}
    }

    private Libcrypto() {}

    /** Those of one hash function; null if there are none that can be used. */
    static @Nullable Functions functionsOrNull(String algorithm) {
        if (Boolean.getBoolean(DISABLED_PROPERTY)) {
            return null;
        }
        return BY_ALGORITHM.computeIfAbsent(algorithm, Libcrypto::find).orElse(null);
    }

    // Restricted: a library of that name with other functions could crash the JVM.
    @SuppressWarnings("restricted")
    private static @Nullable SymbolLookup load() {
        try {
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Optional<Functions> find(String algorithm) {
        SymbolLookup library = Loaded.LIBRARY_OR_NULL;
        String digest = DIGESTS_OF_ABC.get(algorithm);
        if (library == null || digest == null) {
            return Optional.empty();
        }
        byte[] example = HexFormat.of().parseHex(digest);
        String name = algorithm.replace("-", "");
        Optional<MethodHandle> begin = link(library, name + "_Init");
        Optional<MethodHandle> update = link(library, name + "_Update");
        Optional<MethodHandle> end = link(library, name + "_Final");
        if (begin.isEmpty() || update.isEmpty() || end.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Functions(begin.get(), update.get(), end.get(), example.length))
                .filter(functions -> functions.give(example));
    }

    // Critical: a call takes microseconds, and a part of them would go for leaving the JVM.
    @SuppressWarnings("restricted")
    private static Optional<MethodHandle> link(SymbolLookup library, String name) {
        return library.find(name)
                .map(address ->
                        Linker.nativeLinker()
                                .downcallHandle(address, SHAPE, Linker.Option.critical(false)));
    }

    /**
     * Those of one hash function. All take addresses of memory that must be there until they
     * return; a context is {@link #CONTEXT_BYTES} long.
     *
     * @param digestBytes of its digests
     */
    record Functions(MethodHandle begin, MethodHandle update, MethodHandle end, int digestBytes) {

        void begin(long context) {
            call(begin, context, 0, 0);
        }

        void update(long context, long data, long length) {
            call(update, context, data, length);
        }

        void end(long context, long digest) {
            call(end, digest, context, 0);
        }

        private boolean give(byte[] digestOfAbc) {
            LibcryptoHash hash = new LibcryptoHash(this);
            hash.update("abc".getBytes(StandardCharsets.US_ASCII));
            return Arrays.equals(hash.digest(), digestOfAbc);
        }

        private static void call(MethodHandle function, long a, long b, long c) {
            int code;
            try {
                code = (int) function.invokeExact(a, b, c);
            } catch (Throwable t) {
                throw new AssertionError(t);
            }
            if (code != 1) {
                throw new AssertionError("a function of " + LIBRARY + " failed");
            }
        }
    }
}
