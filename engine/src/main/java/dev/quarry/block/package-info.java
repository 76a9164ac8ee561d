/**
 * The guest side: what a virtual machine sees of a disk. The main types are {@link
 * dev.quarry.block.BlockSource}, which is read, and {@link dev.quarry.block.BlockTarget}, which is
 * written; everything else here decorates them. Every number called {@code offset} is a guest byte.
 * Depends on the JDK alone.
 */
@NullMarked
package dev.quarry.block;

import org.jspecify.annotations.NullMarked;
