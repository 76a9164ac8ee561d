package dev.quarry.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives the new files of one image their names, so that no mix of new and old ones reads as an
 * image: the file that names the others is moved away before the first of them is replaced, and its
 * successor gets the name last. Where one cannot get its name, all old files are put back.
 */
public final class JointCommit {

    /**
     * A file that is replaced.
     *
     * @param path its name
     * @param aside the name that it has until all others are replaced, too
     */
    private record Old(Path path, Path aside) {}

    private final List<Old> olds = new ArrayList<>();
    private final List<Path> named = new ArrayList<>();

    private JointCommit() {}

    /**
     * Makes everything durable and gives the files their names.
     *
     * @param parts new files
     * @param index the new file that names them
     */
    public static void commit(List<OutputFile> parts, OutputFile index) throws IOException {
        // All that can still fail for want of room fails before the first has its name.
        for (OutputFile part : parts) {
            part.sync();
        }
        index.sync();
        JointCommit joint = new JointCommit();
        try {
            joint.setAside(index.path());
            for (OutputFile part : parts) {
                joint.setAside(part.path());
                joint.name(part);
            }
            joint.name(index);
        } catch (IOException | RuntimeException e) {
            joint.rollBack(e);
            throw e;
        }
        for (Old old : joint.olds) {
            Files.delete(old.aside());
        }
    }

    private void setAside(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            QemuLocks.refuseInUse(path);
            Path aside = TargetNames.temporary(path);
            Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
            olds.add(new Old(path, aside));
            Folders.sync(path);
        }
    }

    private void name(OutputFile file) throws IOException {
        file.commit();
        named.add(file.path());
    }

    /** The index, which was the first to go, is the last to come back. */
    private void rollBack(Exception reason) {
        try {
            for (Path path : named) {
                Files.delete(path);
            }
            for (Old old : olds.reversed()) {
                Files.move(old.aside(), old.path(), StandardCopyOption.ATOMIC_MOVE);
                Folders.sync(old.path());
            }
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }
}
