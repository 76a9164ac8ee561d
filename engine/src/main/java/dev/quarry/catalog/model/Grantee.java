package dev.quarry.catalog.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Whom something is shared with (rule 4.7.1).
 *
 * @param kind what {@code value} names
 * @param value {@code all} for the group; an account, an organisation or an organisational unit
 *     otherwise
 */
public record Grantee(Kind kind, String value) {

    /** What a share names, under the name of its field. */
    public enum Kind implements Spelled {
        GROUP("Group"),
        USER("UserId"),
        ORGANIZATION("OrganizationArn"),
        ORGANIZATIONAL_UNIT("OrganizationalUnitArn");

        private final String spelling;

        Kind(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String spelling() {
            return spelling;
        }
    }

    /** Everyone: what makes an image or snapshot public. */
    public static final Grantee ALL = new Grantee(Kind.GROUP, "all");

    /** EC2's ids of organisations and of their units. */
    private static final Pattern ORGANIZATION_ID = Pattern.compile("o-[a-z0-9]{10,32}");

    private static final Pattern UNIT_ID = Pattern.compile("ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}");
    private static final String ARN = "arn:";

    public static Grantee account(String account) {
        return new Grantee(Kind.USER, account);
    }

    /**
     * Whom a word names: {@code all}, an organisation ({@code org:ID}, or an id or ARN as EC2 has
     * them), a unit of one ({@code ou:ID}, or an id or ARN), or else an account. Of an ARN its last
     * part counts.
     */
    public static Grantee of(String word) {
        String id = word.startsWith(ARN) ? word.substring(word.lastIndexOf('/') + 1) : word;
        if (id.startsWith("org:") || ORGANIZATION_ID.matcher(id).matches()) {
            return new Grantee(Kind.ORGANIZATION, id.substring(id.indexOf(':') + 1));
        }
        if (id.startsWith("ou:") || UNIT_ID.matcher(id).matches()) {
            return new Grantee(Kind.ORGANIZATIONAL_UNIT, id.substring(id.indexOf(':') + 1));
        }
        return word.equals(ALL.value) ? ALL : account(word);
    }

    /** EC2's form: {@code {"UserId": …}} and so on. */
    public Map<String, Object> toJson() {
        return new JsonObject().put(kind.spelling(), value).map();
    }

    static List<Map<String, Object>> toJson(List<Grantee> grantees) {
        return grantees.stream().map(Grantee::toJson).toList();
    }

    static List<Grantee> fromJson(List<JsonFields> list) throws CatalogException {
        List<Grantee> grantees = new ArrayList<>();
        for (JsonFields fields : list) {
            grantees.add(fromJson(fields));
        }
        return List.copyOf(grantees);
    }

    /**
     * Reads one share.
     *
     * @throws CatalogException if the object names none of the kinds
     */
    public static Grantee fromJson(JsonFields fields) throws CatalogException {
        for (Kind kind : Kind.values()) {
            String value = fields.optionalString(kind.spelling());
            if (value != null) {
                return new Grantee(kind, value);
            }
        }
        throw new CatalogException(
                ErrorCode.INVALID_AMI_ATTRIBUTE_ITEM_VALUE, "names nobody: " + fields.where());
    }
}
