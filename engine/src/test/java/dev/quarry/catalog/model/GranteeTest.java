package dev.quarry.catalog.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.Covers;

import org.junit.jupiter.api.Test;

class GranteeTest {

    @Test
    @Covers("4.7.1")
    void whomAWordNames() {
        Object[][] rows = {
            {"all", Grantee.Kind.GROUP, "all"},
            {"222222222222", Grantee.Kind.USER, "222222222222"},
            {"team-a", Grantee.Kind.USER, "team-a"},
            {"o-short", Grantee.Kind.USER, "o-short"},
            {"org:team", Grantee.Kind.ORGANIZATION, "team"},
            {"ou:team", Grantee.Kind.ORGANIZATIONAL_UNIT, "team"},
            {"o-abcdefghij", Grantee.Kind.ORGANIZATION, "o-abcdefghij"},
            {"ou-ab12-34567890", Grantee.Kind.ORGANIZATIONAL_UNIT, "ou-ab12-34567890"},
            {
                "arn:aws:organizations::111111111111:organization/o-abcdefghij",
                Grantee.Kind.ORGANIZATION,
                "o-abcdefghij"
            },
            {
                "arn:aws:organizations::111111111111:ou/o-abcdefghij/ou-ab12-34567890",
                Grantee.Kind.ORGANIZATIONAL_UNIT,
                "ou-ab12-34567890"
            },
            {"arn:aws:iam::1:user/me", Grantee.Kind.USER, "arn:aws:iam::1:user/me"},
        };
        for (Object[] row : rows) {
            assertEquals(
                    new Grantee((Grantee.Kind) row[1], (String) row[2]),
                    Grantee.of((String) row[0]),
                    (String) row[0]);
        }
    }
}
