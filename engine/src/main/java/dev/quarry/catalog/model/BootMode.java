package dev.quarry.catalog.model;

/** What firmware an image boots from. */
public enum BootMode implements Spelled {
    LEGACY_BIOS("legacy-bios"),
    UEFI("uefi"),
    UEFI_PREFERRED("uefi-preferred");

    private final String spelling;

    BootMode(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
