package dev.quarry;

import dev.quarry.catalog.Settings;
import dev.quarry.catalog.Uploads;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.secret.KeySource;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.VolumeMode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Makes a small store that has every kind of file that a store may have. */
final class RichStore {

    private final Path folder;
    private final Path store;
    private final @Nullable KeySource key;
    private final StoreFixture fixture;

    /**
     * @param folder for the store and other files
     * @param key of an encrypted store, or null
     */
    RichStore(Path folder, @Nullable KeySource key) {
        this.folder = folder;
        this.store = folder.resolve("store");
        this.key = key;
        this.fixture = new StoreFixture(folder);
    }

    /** Gives the store's folder. */
    Path make() throws IOException {
        try (Quarry quarry = Quarry.create(store, StoreProperties.DEFAULT, key)) {
            for (String name : List.of("first", "second", "third", "held")) {
                fixture.importDisk(quarry, name);
            }
            describe(quarry);
            launch(quarry);
            upload(quarry);
        }
        quarantine();
        leaveLease();
        return store;
    }

    private void describe(Quarry quarry) throws IOException {
        String id = StoreFixture.image(quarry, "first").id();
        quarry.catalog().tag(id, Map.of("role", "web"));
        quarry.catalog().sharing().modifyImage(id, List.of(Grantee.of("123456789012")), List.of());
        quarry.catalog().settings().change(List.of(Settings.regionName("north")));
        quarry.catalog().settings().encryptByDefault(null);
        Snapshot snapshot =
                quarry.catalog().snapshots().stream()
                        .filter(each -> "second".equals(each.description()))
                        .findFirst()
                        .orElseThrow();
        quarry.catalog()
                .sharing()
                .modifyProducts(
                        snapshot.id(),
                        List.of(new ProductCode("a1b2c3", ProductCode.Type.MARKETPLACE)),
                        List.of());
        quarry.copyImage(
                CopyImageRequest.of(id, "copy").withClientToken("token"),
                ProgressListener.none(),
                new CancelToken());
        quarry.storeImage(
                id,
                Files.createDirectory(folder.resolve("bucket")),
                ProgressListener.none(),
                new CancelToken());
        quarry.catalog().settings().retain(new RetentionRule("rule", Map.of(), 7));
        quarry.catalog().lifecycle().deregister(StoreFixture.image(quarry, "held").id());
    }

    private void launch(Quarry quarry) throws IOException {
        LaunchRequest request =
                LaunchRequest.of(StoreFixture.image(quarry, "first").id(), folder.resolve("vm"));
        quarry.launch(
                key == null ? request.withMode(VolumeMode.OVERLAY) : request,
                ProgressListener.none(),
                new CancelToken());
    }

    private static void upload(Quarry quarry) throws IOException {
        Snapshot snapshot = quarry.blocks().start(Uploads.Start.of(1));
        byte[] block = new byte[BlockRules.BLOCK_BYTES];
        block[77] = 1;
        quarry.blocks().put(snapshot.id(), 3, block, BlockRules.checksum(block));
    }

    /** Damages the pack that came last, and repairs the store. */
    private void quarantine() throws IOException {
        List<Path> before = packs();
        try (Quarry quarry = Quarry.open(store, key)) {
            fixture.importDisk(quarry, "damaged");
        }
        Path pack =
                packs().stream().filter(each -> !before.contains(each)).findFirst().orElseThrow();
        byte[] bytes = Files.readAllBytes(pack);
        bytes[bytes.length / 2] ^= 1;
        Files.write(pack, bytes);
        try (Quarry quarry = Quarry.open(store, key)) {
            quarry.maintenance()
                    .repair(
                            new RepairRequest(
                                    List.of(),
                                    List.of(fixture.file("damaged")),
                                    ReferenceGate.deny()),
                            ProgressListener.none(),
                            new CancelToken());
        }
    }

    private List<Path> packs() throws IOException {
        try (Stream<Path> files = Files.walk(store.resolve("packs"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** What a process leaves that is killed in an import. */
    private void leaveLease() throws IOException {
        Path copy = folder.resolve("lease");
        ForwardingBlobStore blobs =
                new ForwardingBlobStore(new LocalBlobStore(store)) {
                    @Override
                    protected void before(Operation operation, String name) throws IOException {
                        if (operation == Operation.CREATE && name.startsWith("snapshots/")) {
                            StoreFixture.copyTree(store.resolve("leases"), copy);
                        }
                    }
                };
        try (Quarry quarry = Quarry.open(store, blobs, null, key, LeaseTiming.USUAL)) {
            fixture.importDisk(quarry, "last");
        }
        for (Path lease : StoreFixture.files(copy)) {
            Files.copy(lease, store.resolve("leases").resolve(lease.getFileName()));
        }
    }
}
