package dev.quarry.cli;

/**
 * Runs several command lines in one JVM, for the AOT cache to remember them all.
 *
 * <p>The build starts this (see {@code cli/src/build/train-aot.sh}); nothing else does.
 */
final class AotTraining {

    private AotTraining() {}

    /**
     * Runs the commands, whatever becomes of each.
     *
     * @param args one command line each, its words separated by single spaces
     */
    public static void main(String[] args) {
        for (String line : args) {
            Main.execute(line.isEmpty() ? new String[0] : line.split(" ", -1));
        }
        // As Main ends: the classes that ending loads are then in the cache, too.
        System.exit(0);
    }
}
