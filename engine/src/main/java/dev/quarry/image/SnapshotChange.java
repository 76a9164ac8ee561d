package dev.quarry.image;

/** What is done to the internal snapshots of an image. */
public sealed interface SnapshotChange {

    /** The disk as it is now is kept under a name, which need not be unique. */
    record Create(String name) implements SnapshotChange {}

    /** The disk becomes what it was; what it is now is lost. */
    record Apply(String idOrName) implements SnapshotChange {}

    /**
     * The first snapshot of a name is forgotten. An id does not count: it may be another's name.
     */
    record Delete(String name) implements SnapshotChange {}
}
