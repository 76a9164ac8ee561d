package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.VolumeType;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The numbers of rules 4.2.2 to 4.2.6 as one table, taken from the EC2 API model of August 2026.
 * They changed before (gp3 ended at 16,384 GiB, 16,000 operations and 1,000 MiB/s in 2023) and will
 * again: change them here alone.
 *
 * @param type the type that the row is about
 * @param sizeGib GiB from and to
 * @param iops operations a second from and to, or null if the type takes none
 * @param iopsUse whether operations must be given
 * @param throughput MiB a second from and to, or null if the type takes none
 * @param boot whether a root volume can be of the type
 */
public record VolumeLimits(
        VolumeType type,
        Range sizeGib,
        @Nullable Range iops,
        IopsUse iopsUse,
        @Nullable Range throughput,
        Boot boot) {

    /** Both ends are allowed. */
    public record Range(int min, int max) {
        boolean holds(int value) {
            return min <= value && value <= max;
        }

        @Override
        public String toString() {
            return min + " to " + max;
        }
    }

    /** Whether operations a second can or must be given. */
    public enum IopsUse {
        REQUIRED,
        OPTIONAL,
        REFUSED
    }

    /** Whether a machine can boot from the type. */
    public enum Boot {
        POSSIBLE,
        IMPOSSIBLE
    }

    /** MiB a second (4.2.6). */
    public static final Range INITIALIZATION_RATE = new Range(100, 300);

    /** Operations a second of a gp3 volume that does not say (4.2.4). */
    public static final int GP3_IOPS_DEFAULT = 3000;

    /** MiB a second of a gp3 volume that does not say (4.2.5). */
    public static final int GP3_THROUGHPUT_DEFAULT = 125;

    /** {@code ephemeral0} to this (4.4.1). */
    public static final int EPHEMERAL_NUMBER_MAX = 23;

    private static final Map<VolumeType, VolumeLimits> ROWS = new EnumMap<>(VolumeType.class);

    static {
        row(VolumeType.GP2, 1, 16384, null, IopsUse.REFUSED, null, Boot.POSSIBLE);
        row(
                VolumeType.GP3,
                1,
                65536,
                new Range(3000, 80000),
                IopsUse.OPTIONAL,
                new Range(125, 2000),
                Boot.POSSIBLE);
        row(VolumeType.IO1, 4, 16384, new Range(100, 64000), IopsUse.REQUIRED, null, Boot.POSSIBLE);
        row(
                VolumeType.IO2,
                4,
                65536,
                new Range(100, 256000),
                IopsUse.REQUIRED,
                null,
                Boot.POSSIBLE);
        row(VolumeType.ST1, 125, 16384, null, IopsUse.REFUSED, null, Boot.IMPOSSIBLE);
        row(VolumeType.SC1, 125, 16384, null, IopsUse.REFUSED, null, Boot.IMPOSSIBLE);
        row(VolumeType.STANDARD, 1, 1024, null, IopsUse.REFUSED, null, Boot.POSSIBLE);
    }

    private static void row(
            VolumeType type,
            int sizeMin,
            int sizeMax,
            @Nullable Range iops,
            IopsUse iopsUse,
            @Nullable Range throughput,
            Boot boot) {
        Range size = new Range(sizeMin, sizeMax);
        ROWS.put(type, new VolumeLimits(type, size, iops, iopsUse, throughput, boot));
    }

    /** The row of a type. */
    public static VolumeLimits of(VolumeType type) {
        return Objects.requireNonNull(ROWS.get(type));
    }
}
