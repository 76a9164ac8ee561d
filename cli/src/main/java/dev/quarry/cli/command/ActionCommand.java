package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.cli.frame.FactList;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A subcommand that is one call of the catalogue: what it takes, and what it answers. */
final class ActionCommand implements Subcommand {

    private static final String RETURN = "Return";

    /** The call. */
    @FunctionalInterface
    interface Action {
        /**
         * @return EC2's answer
         */
        Map<String, ?> run(AccountCatalog catalog, Invocation invocation) throws IOException;
    }

    private final CommandSpec spec;
    private final Action action;

    /**
     * @param spec without the options of store and output
     */
    ActionCommand(CommandSpec spec, Action action) {
        this.spec = StoreOptions.addTo(OutputOptions.addTo(spec));
        this.action = action;
    }

    @Override
    public CommandSpec describe() {
        return spec;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            Map<String, ?> answer = action.run(quarry.catalog(), invocation);
            if (invocation.json()) {
                invocation.print(answer);
            } else if (!answer.containsKey(RETURN)) {
                FactList.print(invocation, answer, 0);
            }
        }
        return DONE;
    }

    /** EC2's answer of an operation that has nothing to say. */
    static Map<String, Object> done() {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(RETURN, true);
        return answer;
    }
}
