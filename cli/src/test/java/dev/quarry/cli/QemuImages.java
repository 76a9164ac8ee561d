package dev.quarry.cli;

import dev.quarry.testdata.ForeignTool;

import java.nio.file.Path;

/** Images that qemu-img and qemu-io make, in one folder. */
final class QemuImages {

    private final Path folder;
    private final ForeignTool qemuImg;
    private final ForeignTool qemuIo;

    QemuImages(Path folder) {
        this.folder = folder;
        this.qemuImg = ForeignTool.require("qemu-img").in(folder);
        this.qemuIo = ForeignTool.require("qemu-io").in(folder);
    }

    /** Runs qemu-img in the folder, whatever becomes of it. */
    ForeignTool.Result run(Object... args) {
        return qemuImg.run(args);
    }

    /** Runs qemu-img create. */
    Path create(String name, Object... args) {
        Object[] words = new Object[args.length + 2];
        words[0] = "create";
        words[1] = "-q";
        System.arraycopy(args, 0, words, 2, args.length);
        qemuImg.run(words).expectSuccess();
        return folder.resolve(name);
    }

    /** A qcow2 image of some size. */
    Path qcow2(String name, String size, String... options) {
        String all = options.length == 0 ? "compat=1.1" : String.join(",", options);
        return create(name, "-f", "qcow2", "-o", all, name, size);
    }

    /** A qcow2 image on top of a qcow2 image. */
    Path overlay(String name, String backing) {
        return create(name, "-f", "qcow2", "-b", backing, "-F", "qcow2", name);
    }

    /** Runs commands of qemu-io on an image. */
    void io(String name, String... commands) {
        ioAs("qcow2", name, commands);
    }

    /** Runs commands of qemu-io on an image of some format. */
    void ioAs(String format, String name, String... commands) {
        Object[] words = new Object[3 + 2 * commands.length];
        words[0] = "-f";
        words[1] = format;
        for (int i = 0; i < commands.length; i++) {
            words[2 + 2 * i] = "-c";
            words[3 + 2 * i] = commands[i];
        }
        words[words.length - 1] = name;
        ForeignTool.Result run = qemuIo.run(words).expectSuccess();
        if (run.stdout().contains("failed")) {
            throw new AssertionError(run.toString());
        }
    }

    Path path(String name) {
        return folder.resolve(name);
    }
}
