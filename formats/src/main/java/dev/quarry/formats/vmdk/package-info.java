/**
 * VMware's virtual disks: sparse and flat, in one file or split, and the compressed stream of OVF.
 * The main type is {@link dev.quarry.formats.vmdk.VmdkFormat}; {@link
 * dev.quarry.formats.vmdk.VmdkLayout} says where everything stands. Written from VMware's technical
 * note "Virtual Disk Format 5.0" and libyal's VMDK format document. Depends on the engine and on
 * {@code codec}.
 */
@NullMarked
package dev.quarry.formats.vmdk;

import org.jspecify.annotations.NullMarked;
