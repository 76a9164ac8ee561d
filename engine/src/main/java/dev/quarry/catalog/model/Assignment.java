package dev.quarry.catalog.model;

/** What a device name stands for: exactly one of three (rule 4.1.4). */
public sealed interface Assignment permits Ebs, Assignment.VirtualName, Assignment.NoDevice {

    /**
     * An instance-store disk.
     *
     * @param name {@code ephemeralN}; the rules check it, not this record
     */
    record VirtualName(String name) implements Assignment {}

    /** Nothing: removes what an image maps there. */
    record NoDevice() implements Assignment {}
}
