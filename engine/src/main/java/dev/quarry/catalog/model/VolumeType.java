package dev.quarry.catalog.model;

/** EBS volume types. Recorded and validated; nothing here is faster for its type. */
public enum VolumeType implements Spelled {
    GP2("gp2"),
    GP3("gp3"),
    IO1("io1"),
    IO2("io2"),
    ST1("st1"),
    SC1("sc1"),
    STANDARD("standard");

    /** Rule 4.2.2. */
    public static final VolumeType DEFAULT = GP2;

    private final String spelling;

    VolumeType(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
