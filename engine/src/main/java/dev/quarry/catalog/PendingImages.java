package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.StateReason;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Ends what registrations and copies have left that were cut off and that nobody can go on with. A
 * pending image says in its reason what it waits for; one without a reason is somebody's to go on
 * with. Who was only stopped finds that its image is gone.
 */
final class PendingImages {

    /** Of an image that is being registered: a matter of milliseconds. */
    static final StateReason REGISTERING =
            new StateReason("Pending.Registration", "is being registered");

    private static final Duration REGISTRATION_MAX = Duration.ofHours(1);
    private static final String COPYING = "Pending.Copy";
    private static final String CREATING = "Pending.Creation";
    private static final String LEASE = "lease ";

    private final Tables tables;

    PendingImages(Tables tables) {
        this.tables = tables;
    }

    /** Of an image that is being copied without a client token: nobody can go on with it. */
    static StateReason copying(StoreLease lease) {
        return new StateReason(COPYING, LEASE + lease.name());
    }

    /**
     * Of an image that is registered together with snapshots that are made for it: nobody can go on
     * with it.
     *
     * @param snapshots ids of these; it may map others, too
     */
    static StateReason creating(StoreLease lease, List<String> snapshots) {
        return new StateReason(CREATING, LEASE + lease.name() + " " + String.join(" ", snapshots));
    }

    /**
     * @param isHeld whether a lease of that name is held
     */
    void end(Catalog.LeaseTest isHeld) throws IOException {
        for (String id : tables.images.ids()) {
            try {
                Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
                if (stored.isPresent() && isCutOff(stored.get().object(), isHeld)) {
                    end(stored.get());
                }
            } catch (BlobConflictException e) {
                // Its owner was alive, and has changed it.
            } catch (CatalogException | StoreException e) {
                // Damaged: that is for a repair, and keeps nothing from being collected.
            }
        }
    }

    private boolean isCutOff(MachineImage image, Catalog.LeaseTest isHeld) throws IOException {
        @Nullable StateReason reason = image.stateReason();
        if (reason == null) {
            return false;
        }
        if (reason.code().equals(REGISTERING.code())) {
            return image.state() == ImageState.PENDING
                    && image.creationDate().plus(REGISTRATION_MAX).isBefore(tables.now());
        }
        return (reason.code().equals(COPYING) || reason.code().equals(CREATING))
                && (image.state() == ImageState.PENDING || image.state() == ImageState.DEREGISTERED)
                && reason.message().startsWith(LEASE)
                && !isHeld.isHeld(words(reason).get(1));
    }

    /** {@code lease}, its name, and ids of snapshots. */
    private static List<String> words(StateReason reason) {
        return List.of(reason.message().split(" ", -1));
    }

    /** Snapshots that an image waits for, and that nobody else has asked for. */
    private static Collection<String> madeFor(MachineImage image) {
        StateReason reason = image.stateReason();
        if (reason != null && reason.code().equals(CREATING)) {
            return words(reason).subList(2, words(reason).size());
        }
        return reason != null && reason.code().equals(COPYING)
                ? image.snapshots().keySet()
                : List.of();
    }

    /**
     * From the first change on the image is gone. It keeps its reason until its snapshots are gone,
     * too: what is cut off in between, the next collection ends.
     */
    private void end(Documents.Stored<MachineImage> pending) throws IOException {
        MachineImage image = pending.object();
        Documents.Stored<MachineImage> ended =
                tables.replace(
                        tables.images,
                        pending,
                        image.withState(ImageState.DEREGISTERED, image.stateReason()),
                        null);
        for (String snapshot : madeFor(image)) {
            // One that is not made yet, or that somebody uses since, stays.
            new Retirement(tables, Actor.of(image.ownerId())).delete(snapshot);
        }
        tables.remove(tables.images, ended);
    }
}
