/**
 * The rules of machine images apart from their mappings, as pure code over the records of {@code
 * catalog.model}: what can be registered ({@link dev.quarry.catalog.rule.RegistrationRules}) and
 * who may do what ({@link dev.quarry.catalog.rule.AccessRules}). Nothing here reads a clock, a file
 * or a store. Depends on {@code catalog.model} and {@code catalog.mapping}.
 */
@NullMarked
package dev.quarry.catalog.rule;

import org.jspecify.annotations.NullMarked;
