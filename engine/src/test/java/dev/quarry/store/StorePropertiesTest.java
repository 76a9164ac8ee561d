package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.quarry.chunk.Codec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StorePropertiesTest {

    StorePropertiesTest() {}

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "zstd:1", "zstd:19"})
    void compressionIsReadAsItIsWritten(String text) {
        assertEquals(text, StoreProperties.DEFAULT.withCompression(text).compression());
    }

    @Test
    void zstdHasAUsualLevel() {
        StoreProperties properties = StoreProperties.DEFAULT.withCompression("zstd");
        assertEquals(StoreProperties.DEFAULT, properties);
        assertEquals(Codec.LZ4, properties.withCompression("lz4").codec());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gzip", "zstd:", "zstd:0", "zstd:20", "zstd:-1", "lz4:1", "ZSTD"})
    void otherCompressionIsRefused(String text) {
        assertThrows(
                IllegalArgumentException.class,
                () -> StoreProperties.DEFAULT.withCompression(text));
    }
}
