package dev.quarry.image;

/** What a check may mend. */
public enum Repair {
    /** Space that is counted as used and belongs to nothing: no data is touched. */
    LEAKS,
    /** Everything, by the image's own tables: where they are wrong, so is the result. */
    ALL
}
