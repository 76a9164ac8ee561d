/**
 * Block device mappings as pure code: {@link dev.quarry.catalog.mapping.MappingParser} and {@link
 * dev.quarry.catalog.mapping.MappingPrinter} for text, {@link
 * dev.quarry.catalog.mapping.MappingRules} for what a mapping must keep to, {@link
 * dev.quarry.catalog.mapping.MappingMerge} for what a launch makes of an image's mapping and its
 * own. Numbered rules are those of the machine image rules (4.2 to 4.5); the numbers in them are
 * data in {@link dev.quarry.catalog.mapping.VolumeLimits}. Depends on {@code catalog.model}.
 */
@NullMarked
package dev.quarry.catalog.mapping;

import org.jspecify.annotations.NullMarked;
