/**
 * What the catalogue keeps, as immutable records: {@link dev.quarry.catalog.model.MachineImage},
 * {@link dev.quarry.catalog.model.Snapshot}, {@link dev.quarry.catalog.model.Volume}, {@link
 * dev.quarry.catalog.model.Launch}, and the block device mappings that join them. Each record turns
 * itself into a JSON object and back; the names are EC2's where EC2 has the field, and the page
 * {@code engine/docs/catalog-format.md} lists them all. Nothing here reads a clock, a file or a
 * store. Depends on the JDK and, for text, on {@code dev.quarry.json}.
 */
@NullMarked
package dev.quarry.catalog.model;

import org.jspecify.annotations.NullMarked;
