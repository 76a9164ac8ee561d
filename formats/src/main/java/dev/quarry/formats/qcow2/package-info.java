/**
 * QEMU's copy-on-write images, versions 2 and 3. The main type is {@link
 * dev.quarry.formats.qcow2.Qcow2Format}; {@link dev.quarry.formats.qcow2.Qcow2Layout} says where
 * everything stands. Written from QEMU's {@code docs/interop/qcow2.rst}. Depends on the engine and
 * on {@code codec}.
 */
@NullMarked
package dev.quarry.formats.qcow2;

import org.jspecify.annotations.NullMarked;
