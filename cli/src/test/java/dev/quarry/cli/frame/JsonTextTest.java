package dev.quarry.cli.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.json.JsonTree;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

final class JsonTextTest {

    @Test
    void writesWhatAReaderReads() throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("text", "quote \" backslash \\ newline \n tab \t escape \u001b euro € 𝄞");
        object.put("int", 7);
        object.put("long", 1L << 40);
        object.put("double", 1.5);
        object.put("bool", true);
        object.put("list", List.of("a", List.of(), Map.of()));
        object.put("object", Map.of("key", "value"));
        assertEquals(object, JsonTree.readObject(JsonText.line(object)));
        assertEquals(object, JsonTree.readObject(JsonText.pretty(object)));
        assertEquals(1, JsonText.line(object).lines().count());
    }

    @Test
    void halfACharacterIsEscaped() {
        assertEquals("\"\\ud834x\"", JsonText.line("\ud834x"));
        assertEquals("\"\\udd1e\"", JsonText.line("\udd1e"));
    }

    @Test
    void nothingIsNull() {
        List<Object> list = new ArrayList<>();
        list.add(Double.NaN);
        assertEquals("[null]", JsonText.line(list));
        assertEquals("null", JsonText.line(null));
    }

    @Test
    void indentsAsQemuImgDoes() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("virtual-size", 1);
        object.put("children", List.of("x"));
        object.put("none", List.of());
        assertEquals(
                """
                {
                    "virtual-size": 1,
                    "children": [
                        "x"
                    ],
                    "none": []
                }\
                """,
                JsonText.pretty(object));
    }
}
