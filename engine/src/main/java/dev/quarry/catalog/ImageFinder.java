package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.StoreSettings;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.ImageFilters;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.catalog.rule.Wildcard;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Searches images (4.10). Search entries say which images may fit; only these are read, in the
 * order of their ids, and judged by what they are. One finder does one search.
 */
final class ImageFinder {

    private static final String TOKEN_MARK = "ami1.";
    private static final int TOKEN_DIGEST_CHARS = 16;

    private final Tables tables;
    private final Actor actor;
    private final ImageQuery query;
    private final StoreSettings settings;
    private final Set<String> owners = new HashSet<>();

    ImageFinder(Tables tables, Actor actor, ImageQuery query) throws IOException {
        this.tables = tables;
        this.actor = actor;
        this.query = query;
        this.settings = tables.settings.store();
        ImageFilters.check(query.filters());
        for (String owner : query.owners()) {
            if (owner.equals(ImageQuery.SELF)) {
                owners.add(actor.account());
            } else {
                owners.addAll(settings.ownerAliases().getOrDefault(owner, List.of(owner)));
            }
        }
    }

    /** One page of what fits, or everything if the query asks for no pages. */
    ImagePage find() throws IOException {
        checkPage();
        String after = query.nextToken() == null ? "" : position(query.nextToken(), digest());
        List<MachineImage> found = new ArrayList<>();
        Integer most = query.maxResults();
        for (String id : candidates()) {
            if (id.compareTo(after) > 0) {
                MachineImage image = read(id);
                if (image != null && fits(image)) {
                    if (most != null && found.size() == most) {
                        String last = found.getLast().id();
                        return new ImagePage(found, TOKEN_MARK + digest() + "." + last);
                    }
                    found.add(image);
                }
            }
        }
        requireAllFound(found);
        return new ImagePage(found, null);
    }

    private void checkPage() throws CatalogException {
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
        if (most != null && !query.imageIds().isEmpty()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "MaxResults and image ids exclude one another");
        }
    }

    /** Binds a token to what was searched for, and by whom. */
    private String digest() {
        String text =
                actor.account()
                        + "\0"
                        + new TreeSet<>(actor.organizations())
                        + query.owners()
                        + query.executableUsers()
                        + query.filters()
                        + query.retired();
        return NameClaims.sha256(text).substring(0, TOKEN_DIGEST_CHARS);
    }

    /** The id that the page before ended with: images that come or go move no other. */
    private static String position(String token, String digest) throws CatalogException {
        String prefix = TOKEN_MARK + digest + ".";
        String id = token.startsWith(prefix) ? token.substring(prefix.length()) : "";
        if (!ObjectKind.IMAGE.isId(id)) {
            throw new CatalogException(
                    ErrorCode.INVALID_NEXT_TOKEN,
                    "'" + token + "' is no token of this search by this account");
        }
        return id;
    }

    private @Nullable MachineImage read(String id) throws IOException {
        Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
        return stored.isPresent() && AccessRules.isVisible(stored.get().object(), actor)
                ? stored.get().object()
                : null;
    }

    /** An id that is asked for and not there is an error, unless something else leaves it out. */
    private void requireAllFound(List<MachineImage> found) throws IOException {
        for (String id : query.imageIds()) {
            boolean there = found.stream().anyMatch(image -> image.id().equals(id));
            if (!there && read(id) == null) {
                throw ObjectKind.IMAGE.notFound(id);
            }
        }
    }

    private boolean fits(MachineImage image) {
        if (!owners.isEmpty() && !owners.contains(image.ownerId())) {
            return false;
        }
        if (!query.executableUsers().isEmpty()
                && query.executableUsers().stream().noneMatch(user -> canLaunch(user, image))) {
            return false;
        }
        // An id that is given shows a deprecated image (4.9.5), not a disabled one (4.9.6).
        if (!query.retired().contains(ImageQuery.Retired.DEPRECATED)
                && query.imageIds().isEmpty()
                && !actor.owns(image)
                && LifecycleRules.isDeprecated(image, tables.now())) {
            return false;
        }
        if (!query.retired().contains(ImageQuery.Retired.DISABLED)
                && image.state() == ImageState.DISABLED) {
            return false;
        }
        return ImageFilters.fit(query.filters(), image, actor, settings.aliasOf(image.ownerId()));
    }

    /** Rule 4.10.2: who another account's image is shared with is not told. */
    private boolean canLaunch(String user, MachineImage image) {
        List<Grantee> grantees = image.access().launchPermissions();
        return switch (user) {
            case ImageQuery.EVERYONE -> image.access().isPublic();
            case ImageQuery.SELF ->
                    grantees.stream()
                            .filter(grantee -> !grantee.equals(Grantee.ALL))
                            .anyMatch(grantee -> AccessRules.includes(List.of(grantee), actor));
            default ->
                    (actor.owns(image) || user.equals(actor.account()))
                            && grantees.contains(Grantee.account(user));
        };
    }

    /** Ids of images that may fit, sorted: as few as search entries can tell. */
    private Set<String> candidates() throws IOException {
        if (!query.imageIds().isEmpty()) {
            for (String id : query.imageIds()) {
                ObjectKind.IMAGE.check(id);
            }
            return new TreeSet<>(query.imageIds());
        }
        Set<String> all = byFilters();
        if (all == null) {
            all = byOwnerOrShare();
        }
        return all;
    }

    /** The images that all filters with search entries leave, or null if there is none such. */
    private @Nullable Set<String> byFilters() throws IOException {
        Set<String> left = null;
        for (Map.Entry<String, List<String>> filter : query.filters().entrySet()) {
            Set<String> ids = byFilter(filter.getKey(), filter.getValue());
            if (ids != null) {
                if (left == null) {
                    left = ids;
                } else {
                    left.retainAll(ids);
                }
            }
        }
        return left;
    }

    private @Nullable Set<String> byFilter(String name, List<String> values) throws IOException {
        String family =
                switch (name) {
                    case "image-id", "name" -> Terms.NAME;
                    case "owner-id" -> Terms.OWNER;
                    case "source-image-id" -> Terms.SOURCE;
                    case "product-code" -> Terms.PRODUCT;
                    case "block-device-mapping.snapshot-id" -> Terms.SNAPSHOT;
                    default -> name.startsWith(ImageFilters.TAG) ? Terms.TAG : null;
                };
        if (family == null) {
            return null;
        }
        String key =
                family.equals(Terms.TAG) ? name.substring(ImageFilters.TAG.length()) + "=" : "";
        Set<String> ids = new TreeSet<>();
        for (String value : values) {
            Wildcard wildcard = new Wildcard(value);
            if (name.equals("image-id")) {
                if (!wildcard.isLiteral()) {
                    return null;
                }
                if (ObjectKind.IMAGE.isId(value)) {
                    ids.add(value);
                }
            } else if (wildcard.isLiteral()) {
                ids.addAll(tables.terms.find(family, key + value, ObjectKind.IMAGE));
            } else {
                ids.addAll(
                        tables.terms.scan(
                                family,
                                term ->
                                        term.startsWith(key)
                                                && wildcard.matches(term.substring(key.length())),
                                ObjectKind.IMAGE));
            }
        }
        return ids;
    }

    private Set<String> byOwnerOrShare() throws IOException {
        Set<String> ids = new TreeSet<>();
        if (!owners.isEmpty()) {
            for (String owner : owners) {
                ids.addAll(tables.terms.find(Terms.OWNER, owner, ObjectKind.IMAGE));
            }
            return ids;
        }
        ids.addAll(tables.terms.find(Terms.OWNER, actor.account(), ObjectKind.IMAGE));
        List<Grantee> shares = new ArrayList<>();
        shares.add(Grantee.ALL);
        shares.add(Grantee.account(actor.account()));
        for (String organization : actor.organizations()) {
            shares.add(new Grantee(Grantee.Kind.ORGANIZATION, organization));
            shares.add(new Grantee(Grantee.Kind.ORGANIZATIONAL_UNIT, organization));
        }
        for (Grantee share : shares) {
            ids.addAll(tables.terms.find(Terms.SHARED, Terms.grantee(share), ObjectKind.IMAGE));
        }
        return ids;
    }
}
