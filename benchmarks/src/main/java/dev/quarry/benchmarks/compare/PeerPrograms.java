package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.ChildRunner;
import dev.quarry.benchmarks.process.Invocation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How other programs do the jobs: the command lines that a user of theirs who wants speed types.
 */
final class PeerPrograms {

    static final String QEMU_IMG = "qemu-img";
    static final String RESTIC = "restic";
    static final String BORG = "borg";
    static final String CASYNC = "casync";
    static final String NBDCOPY = "nbdcopy";
    static final String QEMU_IO = "qemu-io";
    static final String QEMU_NBD = "qemu-nbd";
    static final String COPY = "cp";
    static final String ZSTD = "zstd";
    static final String OPENSSL = "openssl";

    /** restic takes ten times as long as Quarry, borg three times. */
    private static final int BACKUP_ROUNDS_MAX = 3;

    /** casync takes some two minutes, and is here for the size of its store. */
    private static final int CASYNC_ROUNDS_MAX = 1;

    private PeerPrograms() {}

    static Path zstdQcow2(Path folder, DataSet.Image image) {
        return folder.resolve(image.name() + ".zstd.qcow2");
    }

    static Invocation toZstdQcow2(Peer qemuImg, DataSet.Image image, Path folder) {
        return Invocation.of(
                qemuImg.program(),
                "convert",
                "-f",
                "raw",
                "-c",
                "-O",
                "qcow2",
                "-o",
                "compression_type=zstd",
                "-W",
                "-m",
                "16",
                image.file(),
                zstdQcow2(folder, image));
    }

    /** Compresses each image into a qcow2 file of its own. */
    static Contender qemuImgCompresses(Peer qemuImg, DataSet data) {
        return new Contender() {
            @Override
            public String name() {
                return QEMU_IMG;
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return data.images().stream()
                        .map(image -> toZstdQcow2(qemuImg, image, folder))
                        .toList();
            }

            @Override
            public long outputBytes(Path folder) throws IOException {
                return FileSizes.ofAll(folder);
            }
        };
    }

    /**
     * Expands a compressed qcow2 file.
     *
     * @param folder has the file, under the name that {@link #zstdQcow2} gives it
     */
    static Contender qemuImgExpands(Peer qemuImg, DataSet.Image image, Path folder) {
        return new Rebuild(
                QEMU_IMG,
                image,
                target ->
                        Invocation.of(
                                qemuImg.program(),
                                "convert",
                                "-f",
                                "qcow2",
                                "-W",
                                "-m",
                                "16",
                                "-O",
                                "raw",
                                zstdQcow2(folder, image),
                                target));
    }

    static Contender qemuImgDescribes(Peer qemuImg, Path image) {
        return new Single(QEMU_IMG, Invocation.of(qemuImg.program(), "info", image));
    }

    /** Expands a compressed qcow2 file with libnbd's program, which qemu's server reads it for. */
    static Contender nbdcopyExpands(Peer nbdcopy, Peer qemuNbd, DataSet.Image image, Path folder) {
        return new Rebuild(
                NBDCOPY,
                image,
                target ->
                        Invocation.of(
                                nbdcopy.program(),
                                "--",
                                "[",
                                qemuNbd.program(),
                                "--read-only",
                                "--persistent",
                                "--format=qcow2",
                                "--shared=8",
                                zstdQcow2(folder, image),
                                "]",
                                target));
    }

    /** Copies the raw image with its holes: what writing the volume costs by itself. */
    static Contender copies(Peer copy, DataSet.Image image) {
        return new Rebuild(
                COPY,
                image,
                target -> Invocation.of(copy.program(), "--sparse=always", image.file(), target));
    }

    /**
     * Extracts an image from a repository that has all of them.
     *
     * @param store the repository, made by {@link #borg}
     * @param base what that was given as its base folder
     */
    static Contender borgExtracts(Peer borg, DataSet.Image image, Path store, Path base) {
        return new Contender() {
            @Override
            public String name() {
                return BORG;
            }

            @Override
            public int roundsMax() {
                return BACKUP_ROUNDS_MAX;
            }

            @Override
            public List<Invocation> invocations(Path round) {
                // It writes below the current folder, and has no option for another.
                return List.of(
                        Invocation.of(
                                        "sh",
                                        "-c",
                                        "cd \"$0\" && exec \"$@\"",
                                        round,
                                        borg.program(),
                                        "extract",
                                        "--sparse",
                                        store + "::" + image.name())
                                .with(borgEnvironment(base)));
            }

            @Override
            public void verify(Path round) throws IOException {
                Path below = round.getFileSystem().getPath("/").relativize(image.file());
                QuarryProgram.requireSame(image, round.resolve(below));
            }
        };
    }

    /** Where borg keeps what it keeps outside of a repository that was made in a folder. */
    static Path borgBase(Path folder) {
        return folder.resolve("base");
    }

    /** Where a repository is that was made in a folder. */
    static Path repository(Path folder) {
        return folder.resolve("store");
    }

    /** Keeps borg from asking questions and from writing outside of a folder. */
    static Map<String, String> borgEnvironment(Path base) {
        return Map.of(
                "BORG_BASE_DIR",
                base.toString(),
                "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK",
                "yes",
                "BORG_RELOCATED_REPO_ACCESS_IS_OK",
                "yes");
    }

    /** A program that keeps images in a repository of its own, which is made before each round. */
    private abstract static class Repository implements Contender {
        private final Peer peer;
        private final DataSet data;
        private final ChildRunner children;
        private final int roundsMax;

        Repository(Peer peer, DataSet data, ChildRunner children, int roundsMax) {
            this.peer = peer;
            this.data = data;
            this.children = children;
            this.roundsMax = roundsMax;
        }

        abstract List<Object> creation(Path store);

        abstract List<Object> addition(Path store, DataSet.Image image);

        /** Keeps the program from asking questions and from writing outside of the folder. */
        abstract Map<String, String> environment(Path folder);

        @Override
        public String name() {
            return peer.name();
        }

        @Override
        public int roundsMax() {
            return roundsMax;
        }

        @Override
        public void prepare(Path folder) throws IOException, InterruptedException {
            List<Object> arguments = creation(repository(folder));
            if (!arguments.isEmpty()) {
                children.run(invocation(folder, arguments));
            }
        }

        @Override
        public List<Invocation> invocations(Path folder) {
            return data.images().stream()
                    .map(image -> invocation(folder, addition(repository(folder), image)))
                    .toList();
        }

        private Invocation invocation(Path folder, List<Object> arguments) {
            List<Object> words = new ArrayList<>();
            words.add(peer.program());
            words.addAll(arguments);
            return Invocation.of(words.toArray()).with(environment(folder));
        }

        @Override
        public long outputBytes(Path folder) throws IOException {
            return FileSizes.ofAll(repository(folder));
        }
    }

    static Contender restic(Peer restic, DataSet data, ChildRunner children) {
        return new Repository(restic, data, children, BACKUP_ROUNDS_MAX) {
            @Override
            List<Object> creation(Path store) {
                return List.of("-q", "-r", store, "init");
            }

            @Override
            List<Object> addition(Path store, DataSet.Image image) {
                return List.of("-q", "-r", store, "backup", image.file());
            }

            @Override
            Map<String, String> environment(Path folder) {
                return resticEnvironment(folder);
            }
        };
    }

    /** Keeps restic from asking questions and from writing outside of a folder. */
    static Map<String, String> resticEnvironment(Path folder) {
        return Map.of(
                "RESTIC_PASSWORD",
                "benchmark",
                "RESTIC_CACHE_DIR",
                folder.resolve("cache").toString());
    }

    static Contender borg(Peer borg, DataSet data, ChildRunner children) {
        return new Repository(borg, data, children, BACKUP_ROUNDS_MAX) {
            @Override
            List<Object> creation(Path store) {
                return List.of("init", "-e", "none", store);
            }

            @Override
            List<Object> addition(Path store, DataSet.Image image) {
                return List.of(
                        "create",
                        "--sparse",
                        "--compression",
                        "zstd,1",
                        "--chunker-params",
                        "fixed,65536",
                        store + "::" + image.name(),
                        image.file());
            }

            @Override
            Map<String, String> environment(Path folder) {
                return borgEnvironment(borgBase(folder));
            }
        };
    }

    static Contender casync(Peer casync, DataSet data, ChildRunner children) {
        return new Repository(casync, data, children, CASYNC_ROUNDS_MAX) {
            @Override
            List<Object> creation(Path store) {
                return List.of();
            }

            @Override
            List<Object> addition(Path store, DataSet.Image image) {
                return List.of(
                        "make",
                        "--store=" + store.resolve("chunks.castr"),
                        store.resolve(image.name() + ".caibx"),
                        image.file());
            }

            @Override
            public void prepare(Path folder) throws IOException {
                Files.createDirectory(repository(folder));
            }

            @Override
            Map<String, String> environment(Path folder) {
                return Map.of();
            }
        };
    }
}
