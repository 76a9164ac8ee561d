/**
 * The catalogue of machine images, snapshots, volumes and launches. {@link
 * dev.quarry.catalog.Catalog} keeps one document per object on a {@link
 * dev.quarry.store.BlobStore}; every operation goes through {@link
 * dev.quarry.catalog.AccountCatalog}, on behalf of an account. The records are in {@code
 * catalog.model}, the rules, which are pure, in {@code catalog.mapping} and {@code catalog.rule}.
 * Documents are described in {@code engine/docs/catalog-format.md}. Depends on {@code store} for
 * {@code BlobStore} alone.
 */
@NullMarked
package dev.quarry.catalog;

import org.jspecify.annotations.NullMarked;
