package dev.quarry.catalog;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.StateReason;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.catalog.rule.ProductRules;
import dev.quarry.catalog.rule.RegistrationRules;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Copies of images (4.8), as records: the pending image first, each snapshot when its content is
 * there, and last the image available. What was cut off goes on when it is asked for again with its
 * client token; deregistering the pending image cancels it. Thread-safe.
 */
public final class Copies {

    private final Tables tables;
    private final Actor actor;

    Copies(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /**
     * What is copied, as the account may read it at the source.
     *
     * @param image the image
     * @param snapshots those that it maps, by id
     * @param region name of the region that it is in
     * @param products that come with it, as far as known with their owners
     */
    public record Source(
            MachineImage image,
            Map<String, Snapshot> snapshots,
            String region,
            Map<ProductCode, Optional<String>> products) {}

    /** Asks at the source whether the account may copy an image. */
    public Source source(String imageId) throws IOException {
        MachineImage image = tables.visible(tables.images, imageId, actor).object();
        Map<String, Snapshot> snapshots = new TreeMap<>();
        for (String id : image.snapshots().keySet()) {
            tables.snapshots.find(id).ifPresent(stored -> snapshots.put(id, stored.object()));
        }
        CopyRules.requireCopyable(image, snapshots, actor);
        Set<ProductCode> codes = new LinkedHashSet<>(image.access().productCodes());
        snapshots.values().forEach(snapshot -> codes.addAll(snapshot.productCodes()));
        return new Source(image, snapshots, tables.settings.store().region(), productOwners(codes));
    }

    /** Whose products are, as far as that is known here. */
    public Map<ProductCode, Optional<String>> productOwners(Collection<ProductCode> codes)
            throws IOException {
        Products products = new Products(tables);
        Map<ProductCode, Optional<String>> owners = new LinkedHashMap<>();
        for (ProductCode code : codes) {
            owners.put(code, products.owner(code.productCodeId()));
        }
        return owners;
    }

    /**
     * Keeps products whose they are at the source: here, the account that copies could call them
     * its own otherwise, and take them off.
     *
     * @throws CatalogException of code AuthFailure if one is another account's here
     */
    public void adoptProducts(Map<ProductCode, Optional<String>> owners) throws IOException {
        Products products = new Products(tables);
        for (Map.Entry<ProductCode, Optional<String>> product : owners.entrySet()) {
            products.adopt(product.getKey().productCodeId(), product.getValue());
        }
    }

    /**
     * Asks whether the account may take an image out of the store with all its snapshots: copy it,
     * and be subscribed to what is sold with it (4.7.3).
     */
    public Source prepareExport(String imageId) throws IOException {
        Source source = source(imageId);
        AccountSettings settings = tables.settings.account(actor.account());
        ProductRules.requireSubscribed(imageId, source.image().access().productCodes(), settings);
        for (Snapshot snapshot : source.snapshots().values()) {
            ProductRules.requireSubscribed(snapshot.id(), snapshot.productCodes(), settings);
        }
        return source;
    }

    /**
     * A copy that has begun.
     *
     * @param image pending, or available if it was complete before
     * @param snapshots id of each snapshot at the source to what its copy is to be
     */
    public record Begun(MachineImage image, Map<String, Target> snapshots) {}

    /**
     * What the copy of a snapshot is to be.
     *
     * @param id its id
     * @param encryption its encryption
     */
    public record Target(String id, Encryption encryption) {}

    /**
     * Begins a copy, or finds the one that its token began.
     *
     * @param registration of the copy, but for its mappings
     * @param token and a digest of the request, or null
     * @param lease of the copy: without a token it ends with it
     */
    public Begun begin(
            Source source,
            ImageRegistration registration,
            CopyRules.Encrypting encrypting,
            @Nullable Token token,
            StoreLease lease)
            throws IOException {
        AccountSettings settings = tables.settings.account(actor.account());
        Map<String, Encryption> encryption =
                CopyRules.encryption(
                        source.image(),
                        source.snapshots(),
                        encrypting,
                        actor,
                        EncryptionRules.AccountDefaults.of(settings));
        String id = tables.newId(ObjectKind.IMAGE);
        ClientTokens tokens = new ClientTokens(tables, actor);
        // What is refused uses up no token.
        if (token == null || tokens.find(token.token()).isEmpty()) {
            requireCopyable(source, registration);
        }
        if (token != null) {
            ClientTokens.Claim claim = tokens.claim(clientToken(token), id);
            Optional<Documents.Stored<MachineImage>> present = tables.images.find(claim.objectId());
            if (present.isPresent() && !LifecycleRules.hasGivenUpName(present.get().object())) {
                return resumed(source, present.get().object(), encryption);
            }
            if (claim.isBegun()) {
                throw cancelled(claim.objectId());
            }
            id = claim.objectId();
            requireCopyable(source, registration);
        }
        Begun begun =
                begin(
                        source,
                        registration,
                        encryption,
                        id,
                        token == null ? PendingImages.copying(lease) : null);
        if (token != null) {
            tokens.markBegun(clientToken(token), id);
        }
        return begun;
    }

    private void requireCopyable(Source source, ImageRegistration registration) throws IOException {
        RegistrationRules.checkName(registration.name());
        RegistrationRules.checkDescription(registration.description());
        tables.names.requireFree(actor.account(), registration.name());
        adoptProducts(source.products());
    }

    /**
     * The copy that a token began, if it is complete: that needs nothing of the source, which may
     * be gone.
     *
     * @throws CatalogException of code IdempotentParameterMismatch if something else was asked for
     */
    public Optional<MachineImage> complete(Token token) throws IOException {
        ClientTokens tokens = new ClientTokens(tables, actor);
        Optional<ClientTokens.Claim> begun = tokens.find(token.token());
        if (begun.isEmpty()) {
            return Optional.empty();
        }
        ClientTokens.Claim claim = tokens.claim(clientToken(token), begun.get().objectId());
        return tables.images
                .find(claim.objectId())
                .map(Documents.Stored::object)
                .filter(image ->
                        image.state() != ImageState.PENDING
                                && !LifecycleRules.hasGivenUpName(image));
    }

    /** Lets a token begin another copy, where the one that it began is gone. */
    public void renew(String token) throws IOException {
        ClientTokens tokens = new ClientTokens(tables, actor);
        Optional<ClientTokens.Claim> claim = tokens.find(token);
        if (claim.isPresent() && claim.get().isBegun()) {
            String id = claim.get().objectId();
            Optional<Documents.Stored<MachineImage>> image = tables.images.find(id);
            if (image.isEmpty() || LifecycleRules.hasGivenUpName(image.get().object())) {
                tokens.renew(token, id, tables.newId(ObjectKind.IMAGE));
            }
        }
    }

    private static CatalogException cancelled(String imageId) {
        return new CatalogException(
                ErrorCode.INCORRECT_STATE,
                "the copy " + imageId + " that this client token began was deregistered");
    }

    private Begun begin(
            Source source,
            ImageRegistration registration,
            Map<String, Encryption> encryption,
            String id,
            @Nullable StateReason reason)
            throws IOException {
        Map<String, String> copies = new TreeMap<>();
        Map<String, SnapshotFacts> facts = new TreeMap<>();
        Map<String, Target> targets = new TreeMap<>();
        for (Snapshot snapshot : source.snapshots().values()) {
            Encryption result = encryption.getOrDefault(snapshot.id(), Encryption.NONE);
            String copy = tables.newId(ObjectKind.SNAPSHOT);
            copies.put(snapshot.id(), copy);
            targets.put(snapshot.id(), new Target(copy, result));
            facts.put(copy, new SnapshotFacts(snapshot.sizeBytes(), result, actor.account()));
        }
        RegistrationRules.Checked checked =
                new RegistrationRules.Checked(
                        source.image().rootDeviceName(),
                        CopyRules.mappings(source.image(), copies),
                        facts,
                        new ArrayList<>(source.products().keySet()));
        try {
            return new Begun(
                    new ImageRegistrar(tables, actor)
                            .begin(registration, checked, id, reason)
                            .object(),
                    targets);
        } catch (BlobConflictException e) {
            // Another call with the same token was faster.
            return resumed(
                    source,
                    tables.images.find(id).orElseThrow(() -> cancelled(id)).object(),
                    encryption);
        }
    }

    /** The same ids as the first call gave: the mappings stand in the same order. */
    private Begun resumed(Source source, MachineImage image, Map<String, Encryption> encryption) {
        Map<String, Target> targets = new TreeMap<>();
        for (int i = 0; i < image.mappings().size(); i++) {
            Ebs from = source.image().mappings().get(i).ebs();
            Ebs to = image.mappings().get(i).ebs();
            if (from != null && to != null && from.snapshotId() != null) {
                targets.put(
                        from.snapshotId(),
                        new Target(
                                String.valueOf(to.snapshotId()),
                                encryption.getOrDefault(from.snapshotId(), Encryption.NONE)));
            }
        }
        return new Begun(image, targets);
    }

    /** Refuses to go on with a copy that was cancelled. */
    public void requirePending(Begun begun) throws IOException {
        String id = begun.image().id();
        Optional<Documents.Stored<MachineImage>> now = tables.images.find(id);
        if (now.isEmpty() || now.get().object().state() == ImageState.DEREGISTERED) {
            throw cancelled(id);
        }
    }

    /** Whether the copy of a snapshot is complete. */
    public boolean has(Target target) throws IOException {
        Optional<Documents.Stored<Snapshot>> stored = tables.snapshots.find(target.id());
        return stored.isPresent()
                && stored.get().object().state() != SnapshotState.PENDING
                && stored.get().object().state() != SnapshotState.DELETED;
    }

    /**
     * Records the copy of a snapshot whose content is there, durably.
     *
     * @param root of its tree here, in hex
     * @param lease under which it was brought
     */
    public void addSnapshot(
            Source source, Snapshot original, Target target, String root, StoreLease lease)
            throws IOException {
        Snapshot copy =
                new Snapshot(
                        target.id(),
                        root,
                        original.contentDigest(),
                        original.sizeBytes(),
                        actor.account(),
                        "Copied for " + source.image().id() + " from " + source.region(),
                        SnapshotState.COMPLETED,
                        null,
                        tables.now(),
                        new SnapshotSource(null, null, null, original.id(), source.region()),
                        target.encryption(),
                        List.of(),
                        original.productCodes(),
                        Tags.none());
        CatalogEvent event = tables.event(actor, "CopySnapshot", copy);
        PendingSnapshots registrations = new PendingSnapshots(tables);
        try {
            Optional<Documents.Stored<Snapshot>> left = tables.snapshots.find(target.id());
            if (left.isPresent() && left.get().object().state() == SnapshotState.PENDING) {
                // Of a call that was cut off, or is about to find that this one was faster.
                registrations.complete(left.get(), copy, lease, event);
                return;
            }
            if (left.isPresent() && left.get().object().state() == SnapshotState.DELETED) {
                tables.remove(tables.snapshots, left.get());
            }
            registrations.register(copy, lease, event);
        } catch (BlobConflictException _) {
            // Another call with the same token was faster, and may be cut off yet.
        }
    }

    private void requireComplete(Begun begun) throws IOException {
        for (Target target : begun.snapshots().values()) {
            if (!has(target)) {
                throw new CatalogException(
                        ErrorCode.CONCURRENT_MODIFICATION,
                        "another call with the same client token is making "
                                + target.id()
                                + ": ask again");
            }
        }
    }

    /**
     * Makes the copy available.
     *
     * @throws CatalogException of code ConcurrentModification if another call has not completed all
     *     snapshots yet
     */
    public MachineImage finish(Begun begun) throws IOException {
        requireComplete(begun);
        String id = begun.image().id();
        Documents.Stored<MachineImage> pending =
                tables.images.find(id).orElseThrow(() -> cancelled(id));
        if (pending.object().state() == ImageState.AVAILABLE) {
            return pending.object();
        }
        return new ImageRegistrar(tables, actor).finish(pending, "CopyImage");
    }

    /** Takes away what a copy that failed or was cancelled has made. */
    public void undo(Begun begun) throws IOException {
        Optional<Documents.Stored<MachineImage>> stored = tables.images.find(begun.image().id());
        if (stored.isPresent() && stored.get().object().state() != ImageState.DEREGISTERED) {
            new Retirement(tables, actor).deregister(begun.image().id());
        }
        for (Target target : begun.snapshots().values()) {
            if (tables.snapshots.find(target.id()).isPresent()) {
                new Retirement(tables, actor).deleteSnapshot(target.id());
            }
        }
    }

    /**
     * A client token.
     *
     * @param token as the client gave it
     * @param request everything else that it asked for, as a text
     */
    public record Token(String token, String request) {}

    private static ClientTokens.Token clientToken(Token token) {
        return ClientTokens.Token.of(token.token(), token.request());
    }
}
