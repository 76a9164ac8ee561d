package dev.quarry.storage;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A temporary file of a {@link HostFolder}: written, sealed, published. Closing it before that
 * removes it.
 */
public final class NewFile implements Closeable {

    private final HostFolder folder;
    private final Path path;
    private final FileChannel channel;
    private final List<HostFile> opened = new ArrayList<>();

    NewFile(HostFolder folder, Path path, FileChannel channel) {
        this.folder = folder;
        this.path = path;
        this.channel = channel;
    }

    /**
     * Writes at a position; several threads may, on ranges that do not overlap.
     *
     * @throws FileSystemException that names the folder where the system refuses, as when there is
     *     no room
     */
    public void write(long position, MemorySegment source) throws IOException {
        ByteBuffer buffer = source.asByteBuffer();
        long at = position;
        while (buffer.hasRemaining()) {
            try {
                at += channel.write(buffer, at);
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                FileSystemException named =
                        new FileSystemException(folder.root().toString(), null, e.getMessage());
                named.initCause(e);
                throw named;
            }
        }
    }

    /** Makes what was written durable and ends the writing. */
    public void seal() throws IOException {
        channel.force(true);
        channel.close();
    }

    /** Opens the sealed file for reading; stays valid when it is published. */
    public HostFile open() throws IOException {
        HostFile file = new HostFile(path);
        opened.add(file);
        return file;
    }

    /**
     * Gives the sealed file its name, durably.
     *
     * @param replace whether a file of that name gives way
     * @throws FileAlreadyExistsException if the name is taken and must not give way
     */
    public void publish(String name, boolean replace) throws IOException {
        folder.publish(path, name, replace);
        tellReaders(name);
    }

    /**
     * Gives the sealed file its name, whole for every reader, but leaves it to the system when the
     * name becomes durable: after a crash of the machine before {@link HostFolder#sync} the file is
     * there, whole, or it is not.
     *
     * @param replace whether a file of that name gives way
     * @throws FileAlreadyExistsException if the name is taken and must not give way
     */
    public void place(String name, boolean replace) throws IOException {
        folder.place(path, name, replace);
        tellReaders(name);
    }

    private void tellReaders(String name) {
        for (HostFile file : opened) {
            file.published(folder.resolve(name));
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }
}
