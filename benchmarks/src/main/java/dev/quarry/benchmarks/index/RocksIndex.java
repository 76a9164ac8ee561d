package dev.quarry.benchmarks.index;

import dev.quarry.chunk.Grid;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.EnvOptions;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * RocksDB, as favourably as it can be filled: sorted files of the bottom level, with Bloom filters
 * of 10 bits for each key.
 */
final class RocksIndex implements Contender {

    private static final long CACHE_BYTES = 512L << 20;
    private static final int BLOOM_BITS = 10;
    private static final long FILE_KEYS = 4_000_000;
    private static final int VALUE_BYTES = 8;

    static {
        RocksDB.loadLibrary();
    }

    private final Options options;
    private final RocksDB database;
    private final byte[] value = new byte[VALUE_BYTES];

    RocksIndex(Path folder) throws IOException {
        this.options = options();
        try {
            this.database = RocksDB.openReadOnly(options, folder.toString());
        } catch (RocksDBException e) {
            options.close();
            throw new IOException(e);
        }
    }

    private static Options options() {
        return new Options()
                .setCreateIfMissing(true)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setTableFormatConfig(
                        new BlockBasedTableConfig()
                                .setBlockCache(new LRUCache(CACHE_BYTES))
                                .setFilterPolicy(new BloomFilter(BLOOM_BITS))
                                .setFormatVersion(5));
    }

    static void fill(Path folder, Keys keys) throws IOException {
        Files.createDirectories(folder);
        byte[] id = new byte[Grid.DIGEST_BYTES];
        byte[] value = new byte[VALUE_BYTES];
        List<String> files = new ArrayList<>();
        try (Options options = options();
                EnvOptions environment = new EnvOptions();
                RocksDB database = RocksDB.open(options, folder.toString());
                IngestExternalFileOptions ingest =
                        new IngestExternalFileOptions().setMoveFiles(true)) {
            for (long rank = 0; rank < keys.count(); ) {
                Path file = folder.resolve("new-" + files.size() + ".sst");
                try (SstFileWriter writer = new SstFileWriter(environment, options)) {
                    writer.open(file.toString());
                    long end = Math.min(keys.count(), rank + FILE_KEYS);
                    for (; rank < end; rank++) {
                        keys.write(rank, id);
                        writer.put(id, value);
                    }
                    writer.finish();
                }
                files.add(file.toString());
            }
            database.ingestExternalFile(files, ingest);
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    public boolean has(byte[] id) throws IOException {
        try {
            return database.get(id, value) != RocksDB.NOT_FOUND;
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        database.close();
        options.close();
    }
}
