package dev.quarry.volume;

/** How a launch writes its volumes. */
public enum VolumeMode {
    /** Whole raw disks, sparse. */
    RAW("raw"),
    /** Whole qcow2 images. */
    QCOW2("qcow2"),
    /** qcow2 overlays over read-only raw bases that launches of the same snapshot share. */
    OVERLAY("qcow2");

    private final String format;

    VolumeMode(String format) {
        this.format = format;
    }

    /** Format of the volumes' files. */
    public String format() {
        return format;
    }
}
