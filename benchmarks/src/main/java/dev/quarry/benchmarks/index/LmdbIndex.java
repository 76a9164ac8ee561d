package dev.quarry.benchmarks.index;

import dev.quarry.chunk.Grid;

import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * LMDB, as favourably as it can be filled: appended in sorted order, so that its pages are full.
 * Its binding (0.9.1) needs a JVM that lets it at the fields of buffers; through arrays it frees
 * what LMDB still reads.
 */
final class LmdbIndex implements Contender {

    private static final long MAP_BYTES = 64L << 30;
    private static final int VALUE_BYTES = 8;
    private static final String NAME = "index";
    private static final long TRANSACTION_KEYS = 1_000_000;

    private final Env<ByteBuffer> environment;
    private final Dbi<ByteBuffer> database;
    private final Txn<ByteBuffer> transaction;
    private final ByteBuffer key = ByteBuffer.allocateDirect(Grid.DIGEST_BYTES);

    LmdbIndex(Path folder) {
        this.environment =
                Env.create()
                        .setMapSize(MAP_BYTES)
                        .setMaxDbs(1)
                        .open(folder.toFile(), EnvFlags.MDB_RDONLY_ENV, EnvFlags.MDB_NORDAHEAD);
        this.database = environment.openDbi(NAME);
        this.transaction = environment.txnRead();
    }

    /** Whether the JVM was started with {@code --add-opens} of what the binding needs. */
    static boolean isPossible() {
        Module own = LmdbIndex.class.getModule();
        return ByteBuffer.class.getModule().isOpen("java.nio", own)
                && ByteBuffer.class.getModule().isOpen("sun.nio.ch", own);
    }

    static void fill(Path folder, Keys keys) throws IOException {
        Files.createDirectories(folder);
        byte[] id = new byte[Grid.DIGEST_BYTES];
        ByteBuffer key = ByteBuffer.allocateDirect(Grid.DIGEST_BYTES);
        ByteBuffer value = ByteBuffer.allocateDirect(VALUE_BYTES);
        try (Env<ByteBuffer> environment =
                Env.create()
                        .setMapSize(MAP_BYTES)
                        .setMaxDbs(1)
                        .open(folder.toFile(), EnvFlags.MDB_NOSYNC, EnvFlags.MDB_WRITEMAP)) {
            Dbi<ByteBuffer> database = environment.openDbi(NAME, DbiFlags.MDB_CREATE);
            for (long rank = 0; rank < keys.count(); ) {
                try (Txn<ByteBuffer> transaction = environment.txnWrite()) {
                    long end = Math.min(keys.count(), rank + TRANSACTION_KEYS);
                    for (; rank < end; rank++) {
                        keys.write(rank, id);
                        key.clear().put(id).flip();
                        database.put(transaction, key, value, PutFlags.MDB_APPEND);
                    }
                    transaction.commit();
                }
            }
            environment.sync(true);
        }
    }

    @Override
    public boolean has(byte[] id) {
        key.clear().put(id).flip();
        return database.get(transaction, key) != null;
    }

    @Override
    public void close() {
        transaction.close();
        environment.close();
    }
}
