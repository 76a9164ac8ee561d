package dev.quarry.catalog.mapping;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.mapping.EncryptionRules.AccountDefaults;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.SnapshotFacts;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EncryptionRulesTest {

    private static final SnapshotFacts PLAIN = new SnapshotFacts(1, Encryption.NONE, "me");
    private static final SnapshotFacts OWNED =
            new SnapshotFacts(1, new Encryption(true, "mine"), "me");
    private static final SnapshotFacts SHARED =
            new SnapshotFacts(1, new Encryption(true, "theirs"), "other");
    private static final Encryption DEFAULT_KEY = new Encryption(true, "default");
    private static final Encryption GIVEN_KEY = new Encryption(true, "given");

    private static void gives(
            Encryption expected, @Nullable SnapshotFacts snapshot, Ebs ebs, boolean byDefault) {
        assertEquals(
                expected,
                EncryptionRules.result(
                        snapshot, ebs, "me", new AccountDefaults(byDefault, "default")));
    }

    @Test
    @Covers("4.2.9")
    void nothingAsked() {
        Ebs nothing = Ebs.builder().build();
        gives(Encryption.NONE, null, nothing, false);
        gives(DEFAULT_KEY, null, nothing, true);
        gives(Encryption.NONE, PLAIN, nothing, false);
        gives(DEFAULT_KEY, PLAIN, nothing, true);
        gives(OWNED.encryption(), OWNED, nothing, false);
        gives(OWNED.encryption(), OWNED, nothing, true);
        gives(DEFAULT_KEY, SHARED, nothing, false);
    }

    @Test
    @Covers("4.2.9")
    void encryptedAsked() {
        Ebs encrypted = Ebs.builder().encrypted(true).build();
        gives(DEFAULT_KEY, null, encrypted, false);
        gives(DEFAULT_KEY, PLAIN, encrypted, false);
        gives(OWNED.encryption(), OWNED, encrypted, false);
        gives(DEFAULT_KEY, SHARED, encrypted, false);
    }

    @Test
    @Covers("4.2.9")
    void keyAsked() {
        Ebs keyed = Ebs.builder().encrypted(true).kmsKeyId("given").build();
        gives(GIVEN_KEY, null, keyed, false);
        gives(GIVEN_KEY, PLAIN, keyed, false);
        gives(GIVEN_KEY, OWNED, keyed, false);
        gives(GIVEN_KEY, SHARED, keyed, true);
    }

    @Test
    @Covers("4.2.9")
    void refusingDoesNotBeatTheAccount() {
        Ebs refused = Ebs.builder().encrypted(false).build();
        gives(Encryption.NONE, PLAIN, refused, false);
        gives(DEFAULT_KEY, PLAIN, refused, true);
    }
}
