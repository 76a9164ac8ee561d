package dev.quarry.secret;

import java.security.GeneralSecurityException;

import javax.crypto.Mac;

/** Makes an id that content could be guessed from into one that it cannot. For one thread. */
public final class IdNamer {

    private final Mac mac;

    IdNamer(Mac mac) {
        this.mac = mac;
    }

    /**
     * Replaces an id by its HMAC.
     *
     * @param id 32 bytes
     */
    public void name(byte[] id) {
        try {
            mac.update(id);
            mac.doFinal(id, 0);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
