/**
 * Runs whole processes and measures them: {@link dev.quarry.benchmarks.process.ChildRunner}.
 * Depends on the JDK alone.
 */
@NullMarked
package dev.quarry.benchmarks.process;

import org.jspecify.annotations.NullMarked;
