package dev.quarry.benchmarks.index;

import dev.quarry.chunk.Grid;

import org.lmdbjava.ByteArrayProxy;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * LMDB, as favourably as it can be filled: appended in sorted order, so that its pages are full.
 * Through arrays: its binding takes buffers only from a JVM that lets it at their fields.
 */
final class LmdbIndex implements Contender {

    private static final long MAP_BYTES = 64L << 30;
    private static final int VALUE_BYTES = 8;
    private static final String NAME = "index";
    private static final long TRANSACTION_KEYS = 1_000_000;

    private final Env<byte[]> environment;
    private final Dbi<byte[]> database;
    private final Txn<byte[]> transaction;

    LmdbIndex(Path folder) {
        this.environment =
                Env.create(ByteArrayProxy.PROXY_BA)
                        .setMapSize(MAP_BYTES)
                        .setMaxDbs(1)
                        .open(folder.toFile(), EnvFlags.MDB_RDONLY_ENV, EnvFlags.MDB_NORDAHEAD);
        this.database = environment.openDbi(NAME);
        this.transaction = environment.txnRead();
    }

    static void fill(Path folder, Keys keys) throws IOException {
        Files.createDirectories(folder);
        byte[] id = new byte[Grid.DIGEST_BYTES];
        byte[] value = new byte[VALUE_BYTES];
        try (Env<byte[]> environment =
                Env.create(ByteArrayProxy.PROXY_BA)
                        .setMapSize(MAP_BYTES)
                        .setMaxDbs(1)
                        .open(folder.toFile(), EnvFlags.MDB_NOSYNC, EnvFlags.MDB_WRITEMAP)) {
            Dbi<byte[]> database = environment.openDbi(NAME, DbiFlags.MDB_CREATE);
            for (long rank = 0; rank < keys.count(); ) {
                try (Txn<byte[]> transaction = environment.txnWrite()) {
                    long end = Math.min(keys.count(), rank + TRANSACTION_KEYS);
                    for (; rank < end; rank++) {
                        keys.write(rank, id);
                        database.put(transaction, id, value, PutFlags.MDB_APPEND);
                    }
                    transaction.commit();
                }
            }
            environment.sync(true);
        }
    }

    @Override
    public boolean has(byte[] id) {
        return database.get(transaction, id) != null;
    }

    @Override
    public void close() {
        transaction.close();
        environment.close();
    }
}
