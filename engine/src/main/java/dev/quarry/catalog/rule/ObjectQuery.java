package dev.quarry.catalog.rule;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which snapshots or volumes are searched for, by the rules of 4.10. Made with {@link #all} and
 * refined with the {@code with} methods.
 *
 * @param ids these alone; none for any
 * @param owners accounts or {@code self}; none for any
 * @param filters name of a filter to the values of which one must fit
 * @param maxResults objects of one page, or null for all
 * @param nextToken where the page before ended, or null
 */
public record ObjectQuery(
        List<String> ids,
        List<String> owners,
        Map<String, List<String>> filters,
        @Nullable Integer maxResults,
        @Nullable String nextToken) {

    public ObjectQuery {
        ids = List.copyOf(ids);
        owners = List.copyOf(owners);
        Map<String, List<String>> copy = new LinkedHashMap<>();
        filters.forEach((name, values) -> copy.put(name, List.copyOf(values)));
        filters = Collections.unmodifiableMap(copy);
    }

    /** Everything that is visible. */
    public static ObjectQuery all() {
        return new ObjectQuery(List.of(), List.of(), Map.of(), null, null);
    }

    public ObjectQuery withIds(List<String> value) {
        return new ObjectQuery(value, owners, filters, maxResults, nextToken);
    }

    public ObjectQuery withOwners(List<String> value) {
        return new ObjectQuery(ids, value, filters, maxResults, nextToken);
    }

    /** Adds a filter; a second one of the same name adds values to it. */
    public ObjectQuery withFilter(String name, List<String> values) {
        Map<String, List<String>> more = new LinkedHashMap<>(filters);
        List<String> all = new ArrayList<>(more.getOrDefault(name, List.of()));
        all.addAll(values);
        more.put(name, all);
        return new ObjectQuery(ids, owners, more, maxResults, nextToken);
    }

    public ObjectQuery withPage(@Nullable Integer results, @Nullable String token) {
        return new ObjectQuery(ids, owners, filters, results, token);
    }
}
