package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import java.lang.foreign.MemorySegment;

/** Writes the header of a sparse extent. */
final class VmdkHeaderWriter {

    /**
     * What the header says, in sectors.
     *
     * @param capacity of the extent
     * @param descriptorSectors room for an embedded descriptor behind the header, or 0
     * @param redundantDirectory or 0 if there is none
     * @param directory or {@link VmdkLayout#DIRECTORY_AT_END}
     * @param overhead where grains begin
     */
    record Fields(
            int version,
            int flags,
            long capacity,
            int descriptorSectors,
            long redundantDirectory,
            long directory,
            long overhead,
            int compression) {

        Fields withDirectory(long value) {
            return new Fields(
                    version,
                    flags,
                    capacity,
                    descriptorSectors,
                    redundantDirectory,
                    value,
                    overhead,
                    compression);
        }
    }

    private VmdkHeaderWriter() {}

    /**
     * @param target {@link VmdkLayout#HEADER_BYTES} zeros
     */
    static void write(MemorySegment target, Fields fields) {
        target.set(INT, MAGIC_POSITION, MAGIC);
        target.set(INT, VERSION_POSITION, fields.version());
        target.set(INT, FLAGS_POSITION, fields.flags());
        target.set(LONG, CAPACITY_POSITION, fields.capacity());
        target.set(LONG, GRAIN_SIZE_POSITION, GRAIN_SECTORS_WRITTEN);
        target.set(LONG, DESCRIPTOR_OFFSET_POSITION, fields.descriptorSectors() == 0 ? 0 : 1);
        target.set(LONG, DESCRIPTOR_SIZE_POSITION, fields.descriptorSectors());
        target.set(INT, TABLE_ENTRIES_POSITION, TABLE_ENTRIES_WRITTEN);
        target.set(LONG, REDUNDANT_DIRECTORY_POSITION, fields.redundantDirectory());
        target.set(LONG, DIRECTORY_POSITION, fields.directory());
        target.set(LONG, OVERHEAD_POSITION, fields.overhead());
        target.set(INT, NEWLINE_POSITION, NEWLINE_BYTES);
        target.set(SHORT, COMPRESSION_POSITION, (short) fields.compression());
    }
}
