package dev.quarry.storage;

import java.util.Locale;

/** What of a file is allocated before data is written. */
public enum Preallocation {
    /** Nothing: the host allocates what is written. */
    OFF,
    /** Places in the image's own tables, and nothing of the host. */
    METADATA,
    /** Blocks of the host, which read as zeros. */
    FALLOC,
    /** Blocks of the host, by writing zeros. */
    FULL;

    /** The word that qemu-img's options use. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
