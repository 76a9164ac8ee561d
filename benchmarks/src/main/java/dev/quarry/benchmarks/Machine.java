package dev.quarry.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a figure depends on besides the program.
 *
 * @param processor the model as the kernel names it
 * @param processors that this JVM may use
 * @param memoryBytes of the machine
 * @param kernel name and release
 * @param jvm name and version
 */
public record Machine(
        String processor, int processors, long memoryBytes, String kernel, String jvm) {

    private static final long BYTES_PER_KIB = 1024;

    /** Describes this machine and this JVM. */
    public static Machine here() {
        return new Machine(
                field("/proc/cpuinfo", "model name", "unknown"),
                Runtime.getRuntime().availableProcessors(),
                kibibytes(field("/proc/meminfo", "MemTotal", "0")),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    }

    private static long kibibytes(String value) {
        return Long.parseLong(value.split(" ", 2)[0]) * BYTES_PER_KIB;
    }

    /** The value of the first line {@code name : value} of a file of the kernel's. */
    private static String field(String file, String name, String missing) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .orElse(missing);
        } catch (IOException e) {
            return missing;
        }
    }

    /** As it stands in a recorded result. */
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("processor", processor);
        json.put("processors", processors);
        json.put("memoryBytes", memoryBytes);
        json.put("kernel", kernel);
        json.put("jvm", jvm);
        return json;
    }

    @Override
    public String toString() {
        return processors + " x " + processor + ", " + (memoryBytes >> 30) + " GiB, " + kernel;
    }
}
