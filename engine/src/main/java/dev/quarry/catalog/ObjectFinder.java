package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.ObjectFilters;
import dev.quarry.catalog.rule.ObjectQuery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Searches snapshots or volumes: reads them in the order of their ids, up to the page's end. */
final class ObjectFinder<T extends CatalogObject> {

    private static final int DIGEST_CHARS = 16;

    private final Documents<T> documents;
    private final ObjectFilters<T> filters;
    private final Actor actor;

    ObjectFinder(Documents<T> documents, ObjectFilters<T> filters, Actor actor) {
        this.documents = documents;
        this.filters = filters;
        this.actor = actor;
    }

    /**
     * @throws CatalogException of code InvalidParameterValue for a filter that there is not,
     *     InvalidNextToken, or that of an id that is not found
     */
    ObjectPage<T> find(ObjectQuery query) throws IOException {
        filters.check(query.filters());
        checkPage(query);
        String mark = mark(query);
        String after = query.nextToken() == null ? "" : position(query.nextToken(), mark);
        Set<String> owners = new HashSet<>();
        for (String owner : query.owners()) {
            owners.add(owner.equals(ImageQuery.SELF) ? actor.account() : owner);
        }
        Integer most = query.maxResults();
        List<T> found = new ArrayList<>();
        for (String id : query.ids().isEmpty() ? documents.ids() : new TreeSet<>(query.ids())) {
            if (id.compareTo(after) <= 0) {
                continue;
            }
            Optional<T> object =
                    documents
                            .find(id)
                            .map(Documents.Stored::object)
                            .filter(one -> AccessRules.isVisible(one, actor));
            if (object.isEmpty() && !query.ids().isEmpty()) {
                throw documents.kind().notFound(id);
            }
            if (object.isPresent() && fits(object.get(), query, owners)) {
                if (most != null && found.size() == most) {
                    return new ObjectPage<>(found, mark + found.getLast().id());
                }
                found.add(object.get());
            }
        }
        return new ObjectPage<>(found, null);
    }

    private boolean fits(T object, ObjectQuery query, Set<String> owners) {
        return (owners.isEmpty() || owners.contains(object.ownerId()))
                && filters.fit(query.filters(), object, actor);
    }

    private static void checkPage(ObjectQuery query) throws CatalogException {
        Integer most = query.maxResults();
        if (most != null && (most < ImageQuery.RESULTS_MIN || most > ImageQuery.RESULTS_MAX)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "MaxResults "
                            + most
                            + " is not "
                            + ImageQuery.RESULTS_MIN
                            + " to "
                            + ImageQuery.RESULTS_MAX);
        }
        if (most != null && !query.ids().isEmpty()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "MaxResults and ids exclude one another");
        }
    }

    /** Binds a token to what was searched for, and by whom. */
    private String mark(ObjectQuery query) {
        String text =
                actor.account()
                        + "\0"
                        + new TreeSet<>(actor.organizations())
                        + documents.kind()
                        + query.owners()
                        + query.filters();
        return "obj1." + NameClaims.sha256(text).substring(0, DIGEST_CHARS) + ".";
    }

    private String position(String token, String mark) throws CatalogException {
        String id = token.startsWith(mark) ? token.substring(mark.length()) : "";
        if (!documents.kind().isId(id)) {
            throw new CatalogException(
                    ErrorCode.INVALID_NEXT_TOKEN,
                    "'" + token + "' is no token of this search by this account");
        }
        return id;
    }
}
