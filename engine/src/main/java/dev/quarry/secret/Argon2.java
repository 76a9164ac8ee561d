package dev.quarry.secret;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106). Apart from {@link KeyWrap}, so that Bouncy Castle is loaded for it alone.
 */
final class Argon2 {

    private Argon2() {}

    static byte[] derive(byte[] passphrase, byte[] salt, KeyWrap.Cost cost) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withSalt(salt)
                        .withMemoryAsKB(cost.memoryKib())
                        .withIterations(cost.iterations())
                        .withParallelism(cost.lanes())
                        .build());
        byte[] key = new byte[Crypto.KEY_BYTES];
        generator.generateBytes(passphrase, key);
        return key;
    }
}
