package dev.quarry.testdata.fault;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;

/** A path of a {@link FaultFileSystem}: shows as, and opens as a file of, the real one. */
final class FaultPath implements Path {

    private final FaultFileSystem system;
    private final Path inner;

    FaultPath(FaultFileSystem system, Path inner) {
        this.system = system;
        this.inner = inner;
    }

    static Path real(Path path) {
        return path instanceof FaultPath fault ? fault.inner : path;
    }

    private Path of(Path path) {
        return new FaultPath(system, path);
    }

    private @Nullable Path ofNullable(@Nullable Path path) {
        return path == null ? null : of(path);
    }

    @Override
    public FileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return inner.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
        return ofNullable(inner.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
        return ofNullable(inner.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
        return ofNullable(inner.getParent());
    }

    @Override
    public int getNameCount() {
        return inner.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return of(inner.getName(index));
    }

    @Override
    public Path subpath(int beginIndex, int endIndex) {
        return of(inner.subpath(beginIndex, endIndex));
    }

    @Override
    public boolean startsWith(Path other) {
        return inner.startsWith(real(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return inner.endsWith(real(other));
    }

    @Override
    public Path normalize() {
        return of(inner.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return of(inner.resolve(real(other)));
    }

    @Override
    public Path relativize(Path other) {
        return of(inner.relativize(real(other)));
    }

    @Override
    public URI toUri() {
        return inner.toUri();
    }

    @Override
    public Path toAbsolutePath() {
        return of(inner.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        return of(inner.toRealPath(options));
    }

    /** The real file: for what does not write, or changes only a size. */
    @Override
    public File toFile() {
        return inner.toFile();
    }

    @Override
    public WatchKey register(
            WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Path other) {
        return inner.compareTo(real(other));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FaultPath path && path.inner.equals(inner);
    }

    @Override
    public int hashCode() {
        return inner.hashCode();
    }

    @Override
    public String toString() {
        return inner.toString();
    }
}
