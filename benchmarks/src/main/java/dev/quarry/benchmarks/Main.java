package dev.quarry.benchmarks;

import java.io.PrintStream;

/** Starts what {@code quarry bench} and {@code quarry demo} ask for. */
public final class Main {

    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;

    private Main() {}

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        System.exit(run(args, System.err));
    }

    static int run(String[] args, PrintStream err) {
        String command = args.length == 0 ? "" : args[0];
        return switch (command) {
            case "bench", "demo" -> {
                err.println("quarry " + command + ": not there yet");
                yield EXIT_FAILED;
            }
            default -> {
                err.println("usage: quarry bench [ARGUMENT...]");
                err.println("       quarry demo [IMAGE...]");
                yield EXIT_USAGE;
            }
        };
    }
}
