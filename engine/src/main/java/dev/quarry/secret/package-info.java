/**
 * The key of an encrypted store, and everything that is done with it: {@link
 * dev.quarry.secret.StoreKey}. {@link dev.quarry.secret.KeyWrap} keeps it under a passphrase or key
 * file. Depends on the JDK alone, and on Bouncy Castle for passphrases. What it protects against is
 * in {@code encryption.md}.
 */
@NullMarked
package dev.quarry.secret;

import org.jspecify.annotations.NullMarked;
