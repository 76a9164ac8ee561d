/**
 * What all subcommands share. {@link dev.quarry.cli.frame.Subcommand} is what each implements,
 * {@link dev.quarry.cli.frame.Invocation} is what it is run with; {@link
 * dev.quarry.cli.frame.Failure} turns whatever stops one into a sentence. Depends on the engine and
 * picocli.
 *
 * <p>Everything on the way to the first line of a subcommand counts towards the start of the
 * command: no annotations for picocli to read, no regular expressions, no {@code String.format}, no
 * streams, no switch over types, and JSON is written by {@link dev.quarry.cli.frame.JsonText}.
 */
@NullMarked
package dev.quarry.cli.frame;

import org.jspecify.annotations.NullMarked;
