package dev.quarry.catalog.model;

/**
 * What a rule refuses, in a small set that stays. Programs branch on the code; its spelling is
 * EC2's where EC2 has one for the case.
 */
public enum ErrorCode implements Spelled {
    AUTH_FAILURE("AuthFailure"),
    CONCURRENT_MODIFICATION("ConcurrentModification"),
    IDEMPOTENT_PARAMETER_MISMATCH("IdempotentParameterMismatch"),
    INCORRECT_STATE("IncorrectState"),
    INCORRECT_INSTANCE_STATE("IncorrectInstanceState"),
    INTERNAL_ERROR("InternalError"),
    INVALID_AMI_ATTRIBUTE_ITEM_VALUE("InvalidAMIAttributeItemValue"),
    INVALID_AMI_ID_MALFORMED("InvalidAMIID.Malformed"),
    INVALID_AMI_ID_NOT_FOUND("InvalidAMIID.NotFound"),
    INVALID_AMI_ID_UNAVAILABLE("InvalidAMIID.Unavailable"),
    INVALID_AMI_NAME_DUPLICATE("InvalidAMIName.Duplicate"),
    INVALID_AMI_NAME_MALFORMED("InvalidAMIName.Malformed"),
    INVALID_ATTACHMENT_NOT_FOUND("InvalidAttachment.NotFound"),
    INVALID_BLOCK_TOKEN("InvalidBlockToken"),
    INVALID_BLOCK_DEVICE_MAPPING("InvalidBlockDeviceMapping"),
    INVALID_ID("InvalidID"),
    INVALID_INSTANCE_ID_MALFORMED("InvalidInstanceID.Malformed"),
    INVALID_INSTANCE_ID_NOT_FOUND("InvalidInstanceID.NotFound"),
    INVALID_MANIFEST("InvalidManifest"),
    INVALID_NEXT_TOKEN("InvalidNextToken"),
    INVALID_PARAMETER_COMBINATION("InvalidParameterCombination"),
    INVALID_PARAMETER_VALUE("InvalidParameterValue"),
    INVALID_REGION("InvalidRegion"),
    INVALID_SNAPSHOT_ID_MALFORMED("InvalidSnapshotID.Malformed"),
    INVALID_SNAPSHOT_IN_USE("InvalidSnapshot.InUse"),
    INVALID_SNAPSHOT_NOT_FOUND("InvalidSnapshot.NotFound"),
    INVALID_TAG_KEY_MALFORMED("InvalidTagKey.Malformed"),
    INVALID_VOLUME_ID_MALFORMED("InvalidVolumeID.Malformed"),
    INVALID_VOLUME_NOT_FOUND("InvalidVolume.NotFound"),
    MISSING_PARAMETER("MissingParameter"),
    OPERATION_NOT_PERMITTED("OperationNotPermitted"),
    OPT_IN_REQUIRED("OptInRequired"),
    RESOURCE_LIMIT_EXCEEDED("ResourceLimitExceeded"),
    TAG_LIMIT_EXCEEDED("TagLimitExceeded"),
    UNKNOWN_PARAMETER("UnknownParameter"),
    VOLUME_IN_USE("VolumeInUse");

    private final String spelling;

    ErrorCode(String spelling) {
        this.spelling = spelling;
    }

    @Override
    public String spelling() {
        return spelling;
    }
}
