/**
 * Virtual appliances: an OVF descriptor and its disks, in a folder or in a tar archive (OVA). The
 * main type is {@link dev.quarry.formats.ova.OvaFormat}. Disks are read in place and written as a
 * stream-optimized VMDK, through whatever formats are installed. Written from DMTF's DSP0243 and
 * POSIX's description of pax archives. Depends on the engine alone.
 */
@NullMarked
package dev.quarry.formats.ova;

import org.jspecify.annotations.NullMarked;
