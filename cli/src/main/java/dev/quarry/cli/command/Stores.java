package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.Actor;
import dev.quarry.cli.frame.Invocation;

import java.io.IOException;
import java.nio.file.Path;

/** Opens the store that the command line names, on behalf of the account that it names. */
final class Stores {

    private Stores() {}

    static Quarry open(Invocation invocation) throws IOException {
        Actor actor = actor(invocation);
        Path folder = invocation.storeFolder();
        invocation.workingOn(folder);
        return Quarry.open(folder).as(actor);
    }

    static Quarry openOrCreate(Invocation invocation) throws IOException {
        Actor actor = actor(invocation);
        Path folder = invocation.storeFolder();
        invocation.workingOn(folder);
        return Quarry.openOrCreate(folder).as(actor);
    }

    private static Actor actor(Invocation invocation) throws IOException {
        return new Actor(Actor.checkAccount(invocation.account()), invocation.organizations());
    }
}
