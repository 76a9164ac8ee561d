/**
 * The library's front door: {@link dev.quarry.Quarry} opens a store and does what the command does.
 * Depends on every other package of the engine.
 */
@NullMarked
package dev.quarry;

import org.jspecify.annotations.NullMarked;
