package dev.quarry.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

final class JsonTreeTest {

    @Test
    void eachKindOfValueComesBack() throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("text", "tab\t \"quoted\" \u00e4 \u2028 </script>");
        object.put("int", -7);
        object.put("long", Long.MAX_VALUE);
        object.put("lowest", Long.MIN_VALUE);
        object.put("big", BigInteger.TWO.pow(100));
        object.put("decimal", -1.5e300);
        object.put("yes", true);
        object.put("nothing", null);
        object.put("list", Arrays.asList(1, null, List.of(), Map.of()));
        assertEquals(object, JsonTree.read(JsonTree.line(object)));
        assertEquals(object, JsonTree.read(JsonTree.pretty(object)));
    }

    @Test
    void bothTextsAreAsWritten() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("a", List.of(1, "x"));
        object.put("b", Map.of());
        assertEquals("{\"a\":[1,\"x\"],\"b\":{}}", JsonTree.line(object));
        assertEquals(
                """
                {
                  "a": [
                    1,
                    "x"
                  ],
                  "b": {}
                }\
                """,
                JsonTree.pretty(object));
    }

    @Test
    void nullIsAValue() throws IOException {
        assertNull(JsonTree.read("null"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "{\"a\":1,\"a\":2}",
                "{a:1}",
                "'a'",
                "1 2",
                "{} x",
                "NaN",
                "01",
                "tru",
                "\"\u0001\"",
                "// c\n1"
            })
    void whatIsNoJsonIsRefused(String text) {
        assertThrows(IOException.class, () -> JsonTree.read(text));
    }

    @Test
    void depthAndDigitsAreLimited() {
        assertThrows(IOException.class, () -> JsonTree.read("[".repeat(10_000)));
        assertThrows(IOException.class, () -> JsonTree.read("1".repeat(10_000)));
    }

    @Test
    void anArrayIsNotWrittenAsItsAddress() {
        Object numbers = Map.of("all", new double[] {1});
        assertThrows(IllegalArgumentException.class, () -> JsonTree.line(numbers));
    }
}
