package dev.quarry.image;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which internal snapshot of an image a user means. Names need not be unique, and a name may be
 * another snapshot's id: the first that fits is taken, as qemu-img does.
 */
public final class SnapshotSelector {

    /** A comma within a value is doubled. */
    private static final Pattern OPTION =
            Pattern.compile("\\Gsnapshot\\.(id|name)=([^,]*+(?:,,[^,]*+)*+)(?:,|$)");

    private final String text;

    /** Alternatives, those that go before others first. */
    private final List<Predicate<SnapshotInfo>> alternatives;

    private SnapshotSelector(String text, List<Predicate<SnapshotInfo>> alternatives) {
        this.text = text;
        this.alternatives = alternatives;
    }

    /** By its name alone. */
    public static SnapshotSelector ofName(String name) {
        return new SnapshotSelector(name, List.of(each -> each.name().equals(name)));
    }

    /**
     * By its id or else by its name; or, as qemu-img's {@code -l} has it, by {@code snapshot.id=ID}
     * alone, {@code snapshot.name=NAME} alone, or both with a comma between them.
     */
    public static SnapshotSelector of(String text) {
        Predicate<SnapshotInfo> options = options(text);
        return options != null
                ? new SnapshotSelector(text, List.of(options))
                : new SnapshotSelector(
                        text,
                        List.of(each -> each.id().equals(text), each -> each.name().equals(text)));
    }

    private static @Nullable Predicate<SnapshotInfo> options(String text) {
        Predicate<SnapshotInfo> all = _ -> true;
        Matcher option = OPTION.matcher(text);
        int end = 0;
        while (option.find()) {
            String value = option.group(2).replace(",,", ",");
            all =
                    option.group(1).equals("id")
                            ? all.and(each -> each.id().equals(value))
                            : all.and(each -> each.name().equals(value));
            end = option.end();
        }
        return end > 0 && end == text.length() ? all : null;
    }

    /**
     * The snapshot that is meant.
     *
     * @param resource ends the message
     * @throws ImageException of kind REFERENCE_MISSING if there is none
     */
    public SnapshotInfo find(List<SnapshotInfo> all, String resource) throws ImageException {
        return alternatives.stream()
                .flatMap(alternative -> all.stream().filter(alternative))
                .findFirst()
                .orElseThrow(() ->
                        new ImageException(
                                ImageException.Kind.REFERENCE_MISSING,
                                resource,
                                -1,
                                "has no internal snapshot '" + text + "'"));
    }
}
