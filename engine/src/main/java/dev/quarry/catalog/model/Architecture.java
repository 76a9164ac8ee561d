package dev.quarry.catalog.model;

/** What processor an image is made for. */
public enum Architecture implements Spelled {
    I386("i386"),
    X86_64("x86_64"),
    ARM64("arm64"),
    X86_64_MAC("x86_64_mac"),
    ARM64_MAC("arm64_mac");

    private final String spelling;

    Architecture(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
