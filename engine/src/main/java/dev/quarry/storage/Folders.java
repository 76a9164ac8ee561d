package dev.quarry.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Durability of names: a rename is safe only when the folder that holds the name was synced. */
final class Folders {

    private Folders() {}

    /** Syncs the folder that {@code path} lies in. */
    static void sync(Path path) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null) {
            return;
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
