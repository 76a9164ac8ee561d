package dev.quarry;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.Blob;
import dev.quarry.store.BlobStore;
import dev.quarry.store.BlobWriter;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreException;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.VolumeMode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The process behind {@link StoreProcess}: does what the lines of its standard input say, one after
 * the other, each on a store that it opens anew, and answers each with a line. At a place that it
 * was told, it says {@code paused} and waits for a line; its lease is renewed meanwhile.
 */
final class StoreWorker {

    private final BufferedReader input =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private LeaseTiming timing = LeaseTiming.USUAL;
    private String place = "";
    private int visits;

    private StoreWorker() {}

    @SuppressWarnings("SystemOut") // That is how it answers.
    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** Begins to listen. */
    public static void main(String[] args) throws IOException {
        new StoreWorker().run();
    }

    private void run() throws IOException {
        say("ready");
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            List<String> words = List.of(line.split(" ", -1));
            try {
                say(("done " + execute(words)).strip());
            } catch (StoreException e) {
                say("failed " + e.kind() + " " + e.getMessage());
            } catch (CatalogException e) {
                say("failed " + e.code() + " " + e.getMessage());
            } catch (IOException | RuntimeException e) {
                say(("failed " + e).lines().findFirst().orElseThrow());
            }
        }
    }

    private String execute(List<String> words) throws IOException {
        switch (words.getFirst()) {
            case "timing" ->
                    timing =
                            new LeaseTiming(
                                    Integer.parseInt(words.get(1)),
                                    Integer.parseInt(words.get(2)),
                                    Integer.parseInt(words.get(3)));
            case "pause" -> {
                synchronized (this) {
                    place = words.get(1) + " " + words.get(2);
                    visits = Integer.parseInt(words.get(3));
                }
            }
            case "transfer" -> {
                try (Quarry source = open(new LocalBlobStore(Path.of(words.get(1))));
                        Quarry target = open(pausing(Path.of(words.get(2))))) {
                    source.transfer(
                            StoreFixture.image(source, words.get(3)).id(),
                            target,
                            null,
                            ProgressListener.none(),
                            new CancelToken());
                }
            }
            default -> {
                try (Quarry quarry = open(pausing(Path.of(words.get(1))))) {
                    return execute(quarry, words);
                }
            }
        }
        return "";
    }

    private static String execute(Quarry quarry, List<String> words) throws IOException {
        switch (words.getFirst()) {
            case "import" -> StoreFixture.importDisk(quarry, Path.of(words.get(2)), words.get(3));
            case "delete" -> StoreFixture.delete(quarry, words.get(2));
            case "gc" -> StoreFixture.collect(quarry);
            case "launch" ->
                    quarry.launch(
                            LaunchRequest.of(
                                    StoreFixture.image(quarry, words.get(2)).id(),
                                    Path.of(words.get(3))),
                            ProgressListener.none(),
                            new CancelToken());
            case "overlay" ->
                    quarry.launch(
                            LaunchRequest.of(
                                            StoreFixture.image(quarry, words.get(2)).id(),
                                            Path.of(words.get(3)))
                                    .withMode(VolumeMode.OVERLAY),
                            ProgressListener.none(),
                            new CancelToken());
            case "create-image" ->
                    quarry.createImage(
                            CreateImageRequest.of(
                                    quarry.catalog().launches().getFirst().id(), words.get(2)),
                            ProgressListener.none(),
                            new CancelToken());
            case "verify" -> {
                VerifyReport report = StoreFixture.verify(quarry);
                return report.isSound() ? "sound" : report.toString();
            }
            case "repair" -> {
                RepairReport report =
                        quarry.maintenance()
                                .repair(
                                        new RepairRequest(
                                                List.of(), List.of(), ReferenceGate.deny()),
                                        ProgressListener.none(),
                                        new CancelToken());
                return report.after().findings().isEmpty() ? "mended" : report.after().toString();
            }
            default -> throw new IllegalArgumentException(words.toString());
        }
        return "";
    }

    private Quarry open(BlobStore blobs) throws IOException {
        return Quarry.open(Path.of(blobs.name()), blobs, null, null, timing);
    }

    /** Comes by a place, and waits there if it is the one. */
    private void visit(String when, String what, String name) {
        String visited = (when + what).toLowerCase(Locale.ROOT);
        synchronized (this) {
            String[] both = place.split(" ", -1);
            if (place.isEmpty()
                    || !both[0].equals(visited)
                    || !name.startsWith(both[1])
                    || --visits > 0) {
                return;
            }
            place = "";
        }
        say("paused");
        try {
            if (input.readLine() == null) {
                throw new IllegalStateException("nobody lets it go on");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private BlobStore pausing(Path store) {
        return new ForwardingBlobStore(new LocalBlobStore(store)) {
            @Override
            protected void before(Operation operation, String name) {
                visit("before-", operation.name(), name);
            }

            @Override
            protected void after(Operation operation, String name) {
                visit("after-", operation.name(), name);
            }

            @Override
            public Blob open(String name) throws IOException {
                visit("before-", "open", name);
                return super.open(name);
            }

            @Override
            public BlobWriter newBlob() throws IOException {
                BlobWriter inner = super.newBlob();
                return new BlobWriter() {
                    @Override
                    public void write(long position, MemorySegment source) throws IOException {
                        inner.write(position, source);
                    }

                    @Override
                    public void seal() throws IOException {
                        inner.seal();
                    }

                    @Override
                    public Blob open() throws IOException {
                        return inner.open();
                    }

                    @Override
                    public void publish(String name) throws IOException {
                        visit("before-", "publish", name);
                        inner.publish(name);
                        visit("after-", "publish", name);
                    }

                    @Override
                    public void close() throws IOException {
                        inner.close();
                    }
                };
            }
        };
    }
}
