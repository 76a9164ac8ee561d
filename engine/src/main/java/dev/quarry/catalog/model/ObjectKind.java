package dev.quarry.catalog.model;

import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The kinds of object that have an id of their own. Ids have EC2's shape: a prefix and 17 hex
 * digits, random.
 */
public enum ObjectKind {
    IMAGE("ami-", "image", ErrorCode.INVALID_AMI_ID_MALFORMED, ErrorCode.INVALID_AMI_ID_NOT_FOUND),
    SNAPSHOT(
            "snap-",
            "snapshot",
            ErrorCode.INVALID_SNAPSHOT_ID_MALFORMED,
            ErrorCode.INVALID_SNAPSHOT_NOT_FOUND),
    VOLUME(
            "vol-",
            "volume",
            ErrorCode.INVALID_VOLUME_ID_MALFORMED,
            ErrorCode.INVALID_VOLUME_NOT_FOUND),
    LAUNCH(
            "i-",
            "launch",
            ErrorCode.INVALID_INSTANCE_ID_MALFORMED,
            ErrorCode.INVALID_INSTANCE_ID_NOT_FOUND);

    private static final int DIGITS = 17;
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{" + DIGITS + "}");

    private final String prefix;
    private final String noun;
    private final ErrorCode malformed;
    private final ErrorCode notFound;

    ObjectKind(String prefix, String noun, ErrorCode malformed, ErrorCode notFound) {
        this.prefix = prefix;
        this.noun = noun;
        this.malformed = malformed;
        this.notFound = notFound;
    }

    /** For messages: {@code image}, {@code snapshot}, … */
    public String noun() {
        return noun;
    }

    /**
     * A new id; 68 random bits, so two are the same about as often as two files have one SHA-1 by
     * chance.
     */
    public String newId(RandomGenerator random) {
        StringBuilder id = new StringBuilder(prefix);
        for (int i = 0; i < DIGITS; i++) {
            id.append(Character.forDigit(random.nextInt(16), 16));
        }
        return id.toString();
    }

    /** Whether a text has the shape of an id of this kind. */
    public boolean isId(String text) {
        return text.startsWith(prefix) && HEX.matcher(text.substring(prefix.length())).matches();
    }

    /**
     * The id, once it has the right shape. Ids become parts of document names, so none goes on
     * unchecked.
     *
     * @throws CatalogException of the kind's malformed code
     */
    public String check(String id) throws CatalogException {
        if (!isId(id)) {
            throw new CatalogException(
                    malformed,
                    "'"
                            + id
                            + "' is no "
                            + noun
                            + " id: it is "
                            + prefix
                            + " and "
                            + DIGITS
                            + " hex digits");
        }
        return id;
    }

    /**
     * That there is no such object, or none that the caller may see: the two are told apart by
     * nobody.
     */
    public CatalogException notFound(String id) {
        return new CatalogException(notFound, "there is no " + noun + " " + id);
    }

    /** The kind that an id has by its shape. */
    public static Optional<ObjectKind> of(String id) {
        for (ObjectKind kind : values()) {
            if (kind.isId(id)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
