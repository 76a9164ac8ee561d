/**
 * Bundles of instance-store-backed images: a manifest, and the root disk compressed and cut into
 * parts. {@link dev.quarry.bundle.BundleWriter} makes one, {@link dev.quarry.bundle.Bundle} reads
 * it. Depends on {@code block}, {@code image}, {@code job}, {@code storage} and the catalogue's
 * model. The layout is in {@code engine/docs/bundle-format.md}.
 */
@NullMarked
package dev.quarry.bundle;

import org.jspecify.annotations.NullMarked;
