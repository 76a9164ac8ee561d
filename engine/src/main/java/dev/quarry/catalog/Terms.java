package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Search entries: empty documents whose names say that an object has a property, so that objects
 * are found without reading them all. An entry is a hint: whoever follows it looks at the object
 * itself. No object ever lacks an entry for what it has; one for what it had may be left by a
 * crash. Thread-safe.
 *
 * <p>The name is {@code terms/FAMILY/SHARD/VALUE.ID}. Entries lie flat in 256 shards, because a
 * folder for each value would take a block each, and one folder for all would be read whole for
 * each search.
 */
final class Terms {

    /** Snapshots that an image maps. */
    static final String SNAPSHOT = "snapshot";

    static final String NAME = "name";
    static final String OWNER = "owner";

    /** KEY=VALUE. */
    static final String TAG = "tag";

    /** What an image was copied or made from. */
    static final String SOURCE = "source";

    static final String PRODUCT = "product";

    /** Owner of an image that is in the recycle bin. */
    static final String HELD = "held";

    /** Whom an image is shared with: KIND:VALUE, as {@link #grantee} says. */
    static final String SHARED = "shared";

    static final String FOLDER = "terms/";
    private static final byte[] NOTHING = {};

    /** File names have 255 bytes: this, two dots and an id fit well. */
    private static final int VALUE_CHARS_MAX = 180;

    /** Begins a value that is replaced by its digest; no escaped value has it. */
    private static final String DIGEST_MARK = "__";

    private final BlobStore blobs;

    Terms(BlobStore blobs) {
        this.blobs = blobs;
    }

    /** Names of the entries that an object has. */
    static Set<String> of(CatalogObject object) {
        Set<String> terms = new TreeSet<>();
        if (object instanceof MachineImage image) {
            String id = image.id();
            terms.add(term(NAME, image.name()) + id);
            terms.add(term(OWNER, image.ownerId()) + id);
            for (String snapshotId : image.snapshots().keySet()) {
                terms.add(term(SNAPSHOT, snapshotId) + id);
            }
            image.tags()
                    .values()
                    .forEach((key, value) -> terms.add(term(TAG, key + "=" + value) + id));
            String source = image.origin().sourceImageId();
            if (source != null) {
                terms.add(term(SOURCE, source) + id);
            }
            for (ProductCode code : image.access().productCodes()) {
                terms.add(term(PRODUCT, code.productCodeId()) + id);
            }
            if (LifecycleRules.isInRecycleBin(image)) {
                terms.add(term(HELD, image.ownerId()) + id);
            }
            for (Grantee grantee : image.access().launchPermissions()) {
                terms.add(term(SHARED, grantee(grantee)) + id);
            }
        }
        return terms;
    }

    static String grantee(Grantee grantee) {
        return grantee.kind().spelling() + ":" + grantee.value();
    }

    private static String term(String family, String value) {
        String shard = NameClaims.sha256(value).substring(0, 2);
        return FOLDER + family + "/" + shard + "/" + escape(value) + ".";
    }

    private static String escape(String value) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            if ((b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '-') {
                escaped.append((char) b);
            } else {
                escaped.append('_').append(HexFormat.of().toHexDigits(b));
            }
        }
        return escaped.length() <= VALUE_CHARS_MAX
                ? escaped.toString()
                : DIGEST_MARK + NameClaims.sha256(value);
    }

    /** Writes the entries that are not there. Called before the object becomes what they say. */
    void add(Set<String> terms) throws IOException {
        for (String term : terms) {
            if (blobs.readDocument(term).isEmpty()) {
                try {
                    blobs.createDocument(term, NOTHING);
                } catch (BlobConflictException _) {
                    // Somebody else wrote the same: it is there, and that is all that counts.
                }
            }
        }
    }

    /** Removes entries. Called after the object has ceased to be what they say. */
    void remove(Set<String> terms) throws IOException {
        for (String term : terms) {
            blobs.delete(term);
        }
    }

    /**
     * Ids of the objects of a kind that may have a property of which only some values are wanted;
     * reads all names of the family.
     *
     * @param wanted judges a value; one that is too long to stand in a name is not judged
     */
    Set<String> scan(String family, Predicate<String> wanted, ObjectKind kind) throws IOException {
        Set<String> ids = new TreeSet<>();
        for (String name : blobs.list(FOLDER + family + "/")) {
            int dot = name.lastIndexOf('.');
            String id = name.substring(dot + 1);
            String value = name.substring(name.lastIndexOf('/') + 1, Math.max(0, dot));
            if (kind.isId(id) && (value.startsWith(DIGEST_MARK) || wanted.test(unescape(value)))) {
                ids.add(id);
            }
        }
        return ids;
    }

    private static String unescape(String escaped) {
        if (escaped.indexOf('_') < 0) {
            return escaped;
        }
        byte[] bytes = new byte[escaped.length()];
        int length = 0;
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c == '_' && i + 2 < escaped.length()) {
                bytes[length++] = (byte) HexFormat.fromHexDigits(escaped, i + 1, i + 3);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Ids of the objects of a kind that may have a property, sorted. */
    List<String> find(String family, String value, ObjectKind kind) throws IOException {
        String prefix = term(family, value);
        List<String> ids = new ArrayList<>();
        for (String name : blobs.list(prefix)) {
            String id = name.substring(prefix.length());
            if (kind.isId(id)) {
                ids.add(id);
            }
        }
        return ids;
    }
}
