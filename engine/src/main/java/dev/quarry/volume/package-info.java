/**
 * Rebuilds volumes from block device mappings. The planner is pure ({@code catalog} records in, a
 * plan out); the executor is a loop over the plan. Depends on {@code block}, {@code catalog},
 * {@code image}, {@code job} and {@code storage}.
 */
@NullMarked
package dev.quarry.volume;

import org.jspecify.annotations.NullMarked;
