package dev.quarry.catalog.model;

/** How an image is virtualised; it decides which device names there are (4.3.1, 4.3.2). */
public enum VirtualizationType implements Spelled {
    HVM("hvm"),
    PARAVIRTUAL("paravirtual");

    private final String spelling;

    VirtualizationType(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
