package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.Actor;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.secret.KeySource;
import dev.quarry.store.StoreProperties;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/** Opens the store that the command line names, on behalf of the account that it names. */
final class Stores {

    private Stores() {}

    static Quarry open(Invocation invocation) throws IOException {
        return open(invocation, invocation.storeFolder(), invocation.key());
    }

    /**
     * Opens another store, on behalf of the same account.
     *
     * @param key what opens it, if it is encrypted; or null
     */
    static Quarry open(Invocation invocation, Path folder, @Nullable KeySource key)
            throws IOException {
        Actor actor = actor(invocation);
        invocation.workingOn(folder);
        return Quarry.open(folder, key).as(actor);
    }

    /** Opens the store, or makes it as the options say. One that is there must be as they say. */
    static Quarry openOrCreate(Invocation invocation) throws IOException {
        Actor actor = actor(invocation);
        Path folder = invocation.storeFolder();
        invocation.workingOn(folder);
        StoreProperties wanted = CreationOptions.properties(invocation);
        Quarry quarry = Quarry.openOrCreate(folder, wanted, invocation.key()).as(actor);
        try {
            CreationOptions.checkSame(invocation, wanted, quarry.properties());
            return quarry;
        } catch (RuntimeException e) {
            quarry.close();
            throw e;
        }
    }

    /** Makes the store; there must be none. */
    static Quarry create(Invocation invocation) throws IOException {
        Path folder = invocation.storeFolder();
        invocation.workingOn(folder);
        return Quarry.create(folder, CreationOptions.properties(invocation), invocation.key());
    }

    private static Actor actor(Invocation invocation) throws IOException {
        return new Actor(Actor.checkAccount(invocation.account()), invocation.organizations());
    }
}
