package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * That an image is, or was, written into an object or restored from one (4.12.1).
 *
 * @param id names the task
 * @param kind which way
 * @param imageId of the image; of one that is restored once it is there, else null
 * @param ownerId account that asked for it
 * @param bucket folder of the object
 * @param objectKey name of the object in it
 * @param sizeBytes of the image's disks
 * @param state how far it is
 * @param percent of the disks that are done
 * @param startTime when it began
 * @param failureReason why it failed, or null
 * @param lease of the process that does it: without it an unfinished task is none any more
 */
public record StoreTask(
        String id,
        Kind kind,
        @Nullable String imageId,
        String ownerId,
        String bucket,
        String objectKey,
        long sizeBytes,
        State state,
        int percent,
        Instant startTime,
        @Nullable String failureReason,
        String lease) {

    /** Which way. */
    public enum Kind implements Spelled {
        STORE("store"),
        RESTORE("restore");

        private final String spelling;

        Kind(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String spelling() {
            return spelling;
        }
    }

    /** How far a task is. */
    public enum State implements Spelled {
        IN_PROGRESS("InProgress"),
        COMPLETED("Completed"),
        FAILED("Failed");

        private final String spelling;

        State(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String spelling() {
            return spelling;
        }
    }

    /** The same task, further on. */
    public StoreTask with(State newState, int newPercent, @Nullable String reason) {
        return new StoreTask(
                id,
                kind,
                imageId,
                ownerId,
                bucket,
                objectKey,
                sizeBytes,
                newState,
                newPercent,
                startTime,
                reason,
                lease);
    }

    public StoreTask withImageId(String value) {
        return new StoreTask(
                id,
                kind,
                value,
                ownerId,
                bucket,
                objectKey,
                sizeBytes,
                state,
                percent,
                startTime,
                failureReason,
                lease);
    }

    public Map<String, Object> toJson() {
        return view().put("TaskId", id)
                .put("Kind", kind)
                .put("OwnerId", ownerId)
                .put("SizeBytes", sizeBytes)
                .put("Lease", lease)
                .map();
    }

    /** As EC2 shows it. */
    public Map<String, Object> toView() {
        return view().map();
    }

    private JsonObject view() {
        return new JsonObject()
                .put("AmiId", imageId)
                .put("TaskStartTime", startTime)
                .put("Bucket", bucket)
                .put("S3objectKey", objectKey)
                .put("ProgressPercentage", percent)
                .put("StoreTaskState", state)
                .put("StoreTaskFailureReason", failureReason);
    }

    public static StoreTask fromJson(JsonFields fields) throws CatalogException {
        return new StoreTask(
                fields.string("TaskId"),
                fields.oneOf("Kind", Kind.class),
                fields.optionalString("AmiId"),
                fields.string("OwnerId"),
                fields.string("Bucket"),
                fields.string("S3objectKey"),
                fields.size("SizeBytes"),
                fields.oneOf("StoreTaskState", State.class),
                (int) fields.number("ProgressPercentage"),
                fields.time("TaskStartTime"),
                fields.optionalString("StoreTaskFailureReason"),
                fields.string("Lease"));
    }
}
