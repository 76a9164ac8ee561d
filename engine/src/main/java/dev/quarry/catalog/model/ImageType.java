package dev.quarry.catalog.model;

/** What an image is. */
public enum ImageType implements Spelled {
    MACHINE("machine"),
    KERNEL("kernel"),
    RAMDISK("ramdisk");

    private final String spelling;

    ImageType(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
