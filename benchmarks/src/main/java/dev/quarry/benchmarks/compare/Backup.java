package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.process.ChildRunner;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.json.JsonTree;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A repository of a backup program that has all images, and what its users keep it in order with.
 */
abstract class Backup {

    private static final String READS_DATA = ", data";

    private final Peer peer;
    private final Contender filler;
    private final ChildRunner children;
    private Path folder = Path.of("");

    private Backup(Peer peer, Contender filler, ChildRunner children) {
        this.peer = peer;
        this.filler = filler;
        this.children = children;
    }

    /**
     * Makes the repository.
     *
     * @param empty a folder that it stays in
     */
    void fill(Path empty) throws IOException, InterruptedException {
        folder = empty;
        filler.prepare(folder);
        children.run(filler.invocations(folder));
        filled();
    }

    /** Is told once all images are there. */
    void filled() throws IOException, InterruptedException {}

    /** Its ways to see whether all can be read. */
    abstract List<Contender> checks();

    /** Forgets an image and frees what only that had. */
    abstract Contender prunes(DataSet.Image image);

    Path folder() {
        return folder;
    }

    final Invocation command(Path below, Object... arguments) {
        Object[] words = new Object[arguments.length + 1];
        words[0] = peer.program();
        System.arraycopy(arguments, 0, words, 1, arguments.length);
        return Invocation.of(words).with(environment(below));
    }

    /** What the program must be told by variables, if its repository is in that folder. */
    abstract Map<String, String> environment(Path below);

    static Backup restic(Peer peer, DataSet data, ChildRunner children) {
        return new Backup(peer, PeerPrograms.restic(peer, data, children), children) {
            private @Nullable Object snapshots;

            @Override
            void filled() throws IOException, InterruptedException {
                children.run(command(folder(), "-q", "-r", repository(), "snapshots", "--json"));
                snapshots = JsonTree.read(children.stdout());
            }

            private Path repository() {
                return PeerPrograms.repository(folder());
            }

            @Override
            List<Contender> checks() {
                Invocation check =
                        command(folder(), "-q", "-r", repository(), "check", "--read-data");
                return List.of(new Single(PeerPrograms.RESTIC + READS_DATA, check));
            }

            @Override
            Contender prunes(DataSet.Image image) {
                String id = idOf(image);
                return new OnCopy(PeerPrograms.RESTIC, folder()) {
                    @Override
                    public List<Invocation> invocations(Path round) {
                        Path repository = PeerPrograms.repository(copy(round));
                        return List.of(
                                command(
                                        copy(round),
                                        "-q",
                                        "-r",
                                        repository,
                                        "forget",
                                        id,
                                        "--prune"));
                    }
                };
            }

            private String idOf(DataSet.Image image) {
                for (Object each : snapshots instanceof List<?> all ? all : List.of()) {
                    if (each instanceof Map<?, ?> snapshot
                            && snapshot.get("paths") instanceof List<?> paths
                            && paths.contains(image.file().toString())
                            && snapshot.get("id") instanceof String id) {
                        return id;
                    }
                }
                throw new IllegalStateException("no snapshot of " + image.name());
            }

            @Override
            Map<String, String> environment(Path below) {
                return PeerPrograms.resticEnvironment(below);
            }
        };
    }

    static Backup borg(Peer peer, DataSet data, ChildRunner children) {
        return new Backup(peer, PeerPrograms.borg(peer, data, children), children) {
            @Override
            List<Contender> checks() {
                Path repository = PeerPrograms.repository(folder());
                return List.of(
                        new Single(PeerPrograms.BORG, command(folder(), "check", repository)),
                        new Single(
                                PeerPrograms.BORG + READS_DATA,
                                command(folder(), "check", "--verify-data", repository)));
            }

            @Override
            Contender prunes(DataSet.Image image) {
                return new OnCopy(PeerPrograms.BORG, folder()) {
                    @Override
                    public List<Invocation> invocations(Path round) {
                        Path repository = PeerPrograms.repository(copy(round));
                        return List.of(
                                command(copy(round), "delete", repository + "::" + image.name()),
                                command(copy(round), "compact", repository));
                    }
                };
            }

            @Override
            Map<String, String> environment(Path below) {
                return PeerPrograms.borgEnvironment(PeerPrograms.borgBase(below));
            }
        };
    }
}
