package dev.quarry.testdata.fault;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Set;

/**
 * A folder of the real file system, of which every change is noted in a {@link Journal}. Its paths
 * work wherever {@code java.nio.file} is used; what opens a file by its path's text, or maps it to
 * write, is not seen.
 */
public final class FaultFileSystem extends FileSystem {

    private final Path root;
    private final Journal journal;
    private final FaultProvider provider;

    private FaultFileSystem(Path root) throws IOException {
        this.root = root;
        this.journal = new Journal(root);
        this.provider = new FaultProvider(this, journal);
    }

    /**
     * Begins to note what happens in a folder.
     *
     * @param folder what it holds counts as durable
     */
    public static FaultFileSystem over(Path folder) throws IOException {
        return new FaultFileSystem(folder.toRealPath());
    }

    /** The folder, as a path of which all use is noted. */
    public Path root() {
        return path(root);
    }

    public Journal journal() {
        return journal;
    }

    Path path(Path real) {
        return new FaultPath(this, real);
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {}

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return root.getFileSystem().getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return Set.of(path(root.getRoot()));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return root.getFileSystem().getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return root.getFileSystem().supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return path(root.getFileSystem().getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        PathMatcher matcher = root.getFileSystem().getPathMatcher(syntaxAndPattern);
        return path -> matcher.matches(FaultPath.real(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }
}
