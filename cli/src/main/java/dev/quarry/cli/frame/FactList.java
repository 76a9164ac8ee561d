package dev.quarry.cli.frame;

import java.util.List;
import java.util.Map;

/** Prints maps and lists for people, a fact on each line, as qemu-img does. */
public final class FactList {

    private static final String INDENT = "    ";

    private FactList() {}

    /**
     * Prints all facts.
     *
     * @param depth how far they are indented
     */
    public static void print(Invocation invocation, Map<?, ?> facts, int depth) {
        for (Map.Entry<?, ?> fact : facts.entrySet()) {
            // Names with spaces for people, with hyphens for programs.
            String name = fact.getKey().toString().replace('-', ' ');
            print(invocation, INDENT.repeat(depth) + name + ":", fact.getValue(), depth);
        }
    }

    @SuppressWarnings("IfChainToSwitch") // its linking defines a class: 5 ms of the start
    private static void print(Invocation invocation, String name, Object value, int depth) {
        if (value instanceof Map<?, ?> map) {
            invocation.print(name);
            print(invocation, map, depth + 1);
        } else if (value instanceof List<?> list) {
            invocation.print(name);
            for (int i = 0; i < list.size(); i++) {
                String number = INDENT.repeat(depth + 1) + "[" + i + "]:";
                print(invocation, number, list.get(i), depth + 1);
            }
        } else {
            invocation.print(name + " " + value);
        }
    }
}
