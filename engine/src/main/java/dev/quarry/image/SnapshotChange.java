package dev.quarry.image;

/** What is done to the internal snapshots of an image. */
public sealed interface SnapshotChange {

    /** The disk as it is now is kept under a name, which need not be unique. */
    record Create(String name) implements SnapshotChange {}

    /** The disk becomes what it was; what it is now is lost. */
    record Apply(String idOrName) implements SnapshotChange {}

    /** A snapshot is forgotten. */
    record Delete(String idOrName) implements SnapshotChange {}
}
