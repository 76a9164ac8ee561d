package dev.quarry.benchmarks.process;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/**
 * A temporary folder that is gone when its owner is done, also when the owner is told to end by
 * Ctrl-C: then this process's children are killed first, because they could still be writing there.
 * Memory that a file system in memory lends is not left taken.
 */
public final class WorkFolder implements Closeable {

    private static final int CHILD_SECONDS_MAX = 10;

    private final Path path;
    private final Thread atExit;

    /**
     * Makes a folder.
     *
     * @param parent an existing folder
     */
    public WorkFolder(Path parent) throws IOException {
        this.path = Files.createTempDirectory(parent, "quarry-bench-").toRealPath();
        this.atExit = new Thread(this::clear, "clear-" + path.getFileName());
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Makes an empty folder in it. */
    public Path newFolder(String name) throws IOException {
        return Files.createTempDirectory(path, name + "-");
    }

    private void clear() {
        ProcessHandle self = ProcessHandle.current();
        for (ProcessHandle child : self.descendants().toList()) {
            child.destroyForcibly();
            try {
                child.onExit().orTimeout(CHILD_SECONDS_MAX, TimeUnit.SECONDS).join();
            } catch (java.util.concurrent.CompletionException e) {
                System.err.println("process " + child.pid() + " does not end");
            }
        }
        try {
            delete(path);
        } catch (IOException e) {
            System.err.println("not deleted: " + path + ": " + e);
        }
    }

    /** Deletes a file, or a folder with all in it; what is not there is no error. */
    public static void delete(Path file) throws IOException {
        Files.walkFileTree(
                file,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path each, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(each);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path each, IOException failure)
                            throws IOException {
                        if (failure instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw failure;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path each, @Nullable IOException failure) throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        Files.deleteIfExists(each);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    @Override
    public void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook is at work already.
            return;
        }
        delete(path);
    }
}
