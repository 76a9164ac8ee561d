package dev.quarry.benchmarks.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A command line and what its environment has besides this process's own.
 *
 * @param command the program and its arguments
 * @param environment variables that are set for it
 */
public record Invocation(List<String> command, Map<String, String> environment) {

    public Invocation {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** A command line of words; of each, {@link Object#toString} is taken. */
    public static Invocation of(Object... words) {
        List<String> command = new ArrayList<>();
        for (Object word : words) {
            command.add(word.toString());
        }
        return new Invocation(command, Map.of());
    }

    /** The same with further variables. */
    public Invocation with(Map<String, String> variables) {
        Map<String, String> all = new TreeMap<>(environment);
        all.putAll(variables);
        return new Invocation(command, all);
    }

    /**
     * As a person would type it, apart from the variables.
     *
     * @param folders by the names that stand for them; an inner folder before an outer one
     */
    public String display(SequencedMap<String, Path> folders) {
        String line = String.join(" ", command);
        for (Map.Entry<String, Path> folder : folders.entrySet()) {
            line = line.replace(folder.getValue().toString(), folder.getKey());
        }
        return line;
    }
}
