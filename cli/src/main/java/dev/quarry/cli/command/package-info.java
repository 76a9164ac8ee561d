/**
 * The subcommands of {@code quarry}, one class each. Depends on {@code frame}, the engine and the
 * formats.
 */
@NullMarked
package dev.quarry.cli.command;

import org.jspecify.annotations.NullMarked;
