package dev.quarry.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes are what qemu-img takes them for. */
final class ByteSizeTest {

    ByteSizeTest() {}

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "512, 512",
        "512b, 512",
        "64k, 65536",
        "1.5M, 1572864",
        "1.1k, 1126",
        "65536.0, 65536",
        "0x10000, 65536",
        "0XfF, 255",
        "7E, 8070450532247928832",
        "7.5e, 8646911284551352320",
        "9223372036854775807, 9223372036854775807",
        "0x7fffffffffffffff, 9223372036854775807"
    })
    void sizesAreRead(String text, long bytes) {
        assertEquals(bytes, ByteSize.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "k",
                "1.5",
                "1e6",
                "-1",
                "+1",
                " 1",
                "1 ",
                "1kb",
                "1.k",
                ".5k",
                "0x",
                "0x10k",
                "8E",
                "9223372036854775808",
                "0x8000000000000000",
                "0x1ffffffffffffffff",
                "٣"
            })
    void whatIsNoSizeIsNone(String text) {
        assertEquals(-1, ByteSize.parse(text));
    }
}
