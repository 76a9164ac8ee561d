package dev.quarry.catalog.rule;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is searched for (4.10). Made with {@link #all} and refined with the {@code with} methods.
 *
 * @param imageIds these images alone; none for any
 * @param owners accounts, {@code self}, or owner aliases; none for any
 * @param executableUsers {@code self}, {@code all}, or an account; none for any
 * @param filters name of a filter to the values of which one must fit
 * @param retired which images are shown that listings leave out
 * @param maxResults images of one page, or null for all
 * @param nextToken where the page before ended, or null
 */
public record ImageQuery(
        List<String> imageIds,
        List<String> owners,
        List<String> executableUsers,
        Map<String, List<String>> filters,
        Set<Retired> retired,
        @Nullable Integer maxResults,
        @Nullable String nextToken) {

    /** What listings leave out unless they are asked for it. */
    public enum Retired {
        /** Others' deprecated images; one's own are shown anyway. */
        DEPRECATED,
        DISABLED
    }

    /** EC2's least and most. */
    public static final int RESULTS_MIN = 5;

    public static final int RESULTS_MAX = 1000;

    public static final String SELF = "self";
    public static final String EVERYONE = "all";

    public ImageQuery {
        imageIds = List.copyOf(imageIds);
        owners = List.copyOf(owners);
        executableUsers = List.copyOf(executableUsers);
        Map<String, List<String>> copy = new LinkedHashMap<>();
        filters.forEach((name, values) -> copy.put(name, List.copyOf(values)));
        filters = Collections.unmodifiableMap(copy);
        // In order: tokens are bound to what it prints.
        retired = Collections.unmodifiableSet(new TreeSet<>(retired));
    }

    /** Everything that is visible and not retired. */
    public static ImageQuery all() {
        return new ImageQuery(List.of(), List.of(), List.of(), Map.of(), Set.of(), null, null);
    }

    public ImageQuery withImageIds(List<String> value) {
        return new ImageQuery(
                value, owners, executableUsers, filters, retired, maxResults, nextToken);
    }

    public ImageQuery withOwners(List<String> value) {
        return new ImageQuery(
                imageIds, value, executableUsers, filters, retired, maxResults, nextToken);
    }

    public ImageQuery withExecutableUsers(List<String> value) {
        return new ImageQuery(imageIds, owners, value, filters, retired, maxResults, nextToken);
    }

    /** Adds a filter; a second one of the same name adds values to it. */
    public ImageQuery withFilter(String name, List<String> values) {
        Map<String, List<String>> more = new LinkedHashMap<>(filters);
        List<String> all = new ArrayList<>(more.getOrDefault(name, List.of()));
        all.addAll(values);
        more.put(name, all);
        return new ImageQuery(
                imageIds, owners, executableUsers, more, retired, maxResults, nextToken);
    }

    public ImageQuery withRetired(Set<Retired> value) {
        return new ImageQuery(
                imageIds, owners, executableUsers, filters, value, maxResults, nextToken);
    }

    public ImageQuery withPage(@Nullable Integer results, @Nullable String token) {
        return new ImageQuery(imageIds, owners, executableUsers, filters, retired, results, token);
    }
}
