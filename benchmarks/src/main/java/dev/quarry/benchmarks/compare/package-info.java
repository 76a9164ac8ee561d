/**
 * Compares the command with other programs, whole process against whole process: a {@link
 * dev.quarry.benchmarks.compare.Job} has {@link dev.quarry.benchmarks.compare.Contender}s, {@link
 * dev.quarry.benchmarks.compare.JobRunner} runs them in turns, and {@link
 * dev.quarry.benchmarks.compare.Report} says how they did and whether a {@link
 * dev.quarry.benchmarks.compare.Floor} was missed.
 */
@NullMarked
package dev.quarry.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
