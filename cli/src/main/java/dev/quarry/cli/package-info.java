/**
 * The {@code quarry} command: {@link dev.quarry.cli.Main} and one class per subcommand.
 *
 * <p>Everything here turns arguments into calls of the library and results into text or JSON; what
 * a subcommand can do, an embedding program can do too. May depend on the engine, the formats and
 * picocli.
 */
@NullMarked
package dev.quarry.cli;

import org.jspecify.annotations.NullMarked;
