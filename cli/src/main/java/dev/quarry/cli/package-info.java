/**
 * The {@code quarry} command: {@link dev.quarry.cli.Main} finds the subcommand and runs it, {@link
 * dev.quarry.cli.CommandTable} lists them all. What all subcommands share is in {@code frame}; each
 * has a class of its own in {@code command}.
 *
 * <p>Everything here turns arguments into calls of the library and results into text or JSON; what
 * a subcommand can do, an embedding program can do too. May depend on the engine, the formats and
 * picocli.
 */
@NullMarked
package dev.quarry.cli;

import org.jspecify.annotations.NullMarked;
