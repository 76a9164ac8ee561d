package dev.quarry.benchmarks.limit;

/** The shortest life of a JVM: what the start of the command is compared with. */
public final class Hello {

    private Hello() {}

    /** Says hello. */
    public static void main(String[] args) {
        System.out.println("hello");
    }
}
