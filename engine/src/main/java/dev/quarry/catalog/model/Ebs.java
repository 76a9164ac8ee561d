package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A volume of a block device mapping (rule 4.1.5). A null field was not given: what it then means
 * depends on where the mapping is used, and a merge keeps what the image says.
 *
 * @param snapshotId what the volume begins as
 * @param volumeSize GiB
 * @param deleteOnTermination whether terminating the launch deletes the volume
 * @param encrypted whether the volume is encrypted
 * @param kmsKeyId name of the key
 * @param iops operations a second
 * @param throughput MiB a second
 * @param volumeInitializationRate MiB a second
 */
public record Ebs(
        @Nullable String snapshotId,
        @Nullable Integer volumeSize,
        @Nullable VolumeType volumeType,
        @Nullable Boolean deleteOnTermination,
        @Nullable Boolean encrypted,
        @Nullable String kmsKeyId,
        @Nullable Integer iops,
        @Nullable Integer throughput,
        @Nullable Integer volumeInitializationRate)
        implements Assignment {

    /** The fields under EC2's names, in the order they are printed. */
    public static final Set<String> FIELDS =
            Collections.unmodifiableSet(
                    new LinkedHashSet<>(
                            List.of(
                                    "SnapshotId",
                                    "VolumeSize",
                                    "VolumeType",
                                    "DeleteOnTermination",
                                    "Encrypted",
                                    "KmsKeyId",
                                    "Iops",
                                    "Throughput",
                                    "VolumeInitializationRate")));

    /** A builder with no field set. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder with the fields of this one. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.snapshotId = snapshotId;
        builder.volumeSize = volumeSize;
        builder.volumeType = volumeType;
        builder.deleteOnTermination = deleteOnTermination;
        builder.encrypted = encrypted;
        builder.kmsKeyId = kmsKeyId;
        builder.iops = iops;
        builder.throughput = throughput;
        builder.volumeInitializationRate = volumeInitializationRate;
        return builder;
    }

    /** The fields that are given, under EC2's names. */
    public Map<String, Object> toJson() {
        return new JsonObject()
                .put("SnapshotId", snapshotId)
                .put("VolumeSize", volumeSize)
                .put("VolumeType", volumeType)
                .put("DeleteOnTermination", deleteOnTermination)
                .put("Encrypted", encrypted)
                .put("KmsKeyId", kmsKeyId)
                .put("Iops", iops)
                .put("Throughput", throughput)
                .put("VolumeInitializationRate", volumeInitializationRate)
                .map();
    }

    public static Ebs fromJson(JsonFields fields) throws CatalogException {
        return new Ebs(
                fields.optionalString("SnapshotId"),
                fields.optionalInt("VolumeSize"),
                fields.optionalOneOf("VolumeType", VolumeType.class),
                fields.optionalBool("DeleteOnTermination"),
                fields.optionalBool("Encrypted"),
                fields.optionalString("KmsKeyId"),
                fields.optionalInt("Iops"),
                fields.optionalInt("Throughput"),
                fields.optionalInt("VolumeInitializationRate"));
    }

    /** Collects fields. Not thread-safe. */
    public static final class Builder {
        private @Nullable String snapshotId;
        private @Nullable Integer volumeSize;
        private @Nullable VolumeType volumeType;
        private @Nullable Boolean deleteOnTermination;
        private @Nullable Boolean encrypted;
        private @Nullable String kmsKeyId;
        private @Nullable Integer iops;
        private @Nullable Integer throughput;
        private @Nullable Integer volumeInitializationRate;

        private Builder() {}

        public Builder snapshotId(@Nullable String value) {
            snapshotId = value;
            return this;
        }

        /** Sets the size, in GiB. */
        public Builder volumeSize(@Nullable Integer gib) {
            volumeSize = gib;
            return this;
        }

        public Builder volumeType(@Nullable VolumeType value) {
            volumeType = value;
            return this;
        }

        public Builder deleteOnTermination(@Nullable Boolean value) {
            deleteOnTermination = value;
            return this;
        }

        public Builder encrypted(@Nullable Boolean value) {
            encrypted = value;
            return this;
        }

        public Builder kmsKeyId(@Nullable String value) {
            kmsKeyId = value;
            return this;
        }

        public Builder iops(@Nullable Integer value) {
            iops = value;
            return this;
        }

        /** Sets a rate, in MiB a second. */
        public Builder throughput(@Nullable Integer mibPerSecond) {
            throughput = mibPerSecond;
            return this;
        }

        /** Sets a rate, in MiB a second. */
        public Builder volumeInitializationRate(@Nullable Integer mibPerSecond) {
            volumeInitializationRate = mibPerSecond;
            return this;
        }

        public Ebs build() {
            return new Ebs(
                    snapshotId,
                    volumeSize,
                    volumeType,
                    deleteOnTermination,
                    encrypted,
                    kmsKeyId,
                    iops,
                    throughput,
                    volumeInitializationRate);
        }
    }
}
