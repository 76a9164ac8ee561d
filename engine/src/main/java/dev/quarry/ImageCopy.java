package dev.quarry;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Copies;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;

/** Copies an image from one account's view of a store into another store, or the same (4.8). */
final class ImageCopy {

    private final AccountCatalog source;
    private final AccountCatalog target;
    private final StoreLease lease;
    private final Content content;

    /** Brings the content of a snapshot to the target. */
    @FunctionalInterface
    interface Content {
        /**
         * @param original at the source
         * @return the root at the target, in hex
         */
        String bring(Snapshot original, ProgressListener listener, CancelToken cancel)
                throws IOException;
    }

    /**
     * @param lease on the target, under which content is brought; stays the caller's
     */
    ImageCopy(AccountCatalog source, AccountCatalog target, Content content, StoreLease lease) {
        this.lease = lease;
        this.source = source;
        this.target = target;
        this.content = content;
    }

    MachineImage copy(CopyImageRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        CopyRules.checkRequest(request.clientToken(), request.completionMinutes());
        Copies copies = target.copies();
        Copies.Token token = token(request);
        Optional<MachineImage> complete = token == null ? Optional.empty() : copies.complete(token);
        if (complete.isPresent()) {
            return complete.get();
        }
        Copies.Source from = source.copies().source(request.sourceImageId());
        Copies.Begun begun =
                copies.begin(from, registration(request, from), request.encryption(), token, lease);
        if (begun.image().state() != ImageState.PENDING) {
            return begun.image();
        }
        try {
            long total = from.snapshots().values().stream().mapToLong(Snapshot::sizeBytes).sum();
            long done = 0;
            for (Snapshot original : from.snapshots().values()) {
                cancel.check();
                copies.requirePending(begun);
                Copies.Target to = begun.snapshots().get(original.id());
                if (to != null && !copies.has(to)) {
                    long before = done;
                    String root =
                            content.bring(
                                    original,
                                    (bytes, _) -> listener.progress(before + bytes, total),
                                    cancel);
                    copies.requirePending(begun);
                    copies.addSnapshot(from, original, to, root, lease);
                }
                done += original.sizeBytes();
                listener.progress(done, total);
            }
            return copies.finish(begun);
        } catch (IOException | RuntimeException e) {
            if (request.clientToken() == null || isCancelled(e)) {
                undo(copies, begun, e);
            }
            throw e;
        }
    }

    /** What was cancelled by deregistering it leaves nothing; what failed goes on by its token. */
    private static boolean isCancelled(Exception e) {
        return e instanceof CatalogException refusal && refusal.code() == ErrorCode.INCORRECT_STATE;
    }

    private static void undo(Copies copies, Copies.Begun begun, Exception e) {
        try {
            copies.undo(begun);
        } catch (IOException suppressed) {
            e.addSuppressed(suppressed);
        }
    }

    private ImageRegistration registration(CopyImageRequest request, Copies.Source from)
            throws CatalogException {
        MachineImage image = from.image();
        String description =
                request.description() == null ? image.description() : request.description();
        boolean tagsGoOver =
                request.sourceTags() == CopyImageRequest.SourceTags.COPY
                        && source.actor().owns(image);
        Tags tags = tagsGoOver ? image.tags().with(request.tags().values()) : request.tags();
        String location = image.origin().imageLocation();
        return ImageRegistration.of(request.name(), image.mappings())
                .withDescription(description)
                .withHardware(image.hardware())
                .withRootDeviceName(image.rootDeviceName())
                .withOrigin(
                        new ImageOrigin(
                                location,
                                image.origin().manifestDigest(),
                                null,
                                null,
                                image.id(),
                                from.region()))
                .withTags(tags);
    }

    private static Copies.@Nullable Token token(CopyImageRequest request) {
        String token = request.clientToken();
        return token == null
                ? null
                : new Copies.Token(token, request.withClientToken(null).toString());
    }
}
