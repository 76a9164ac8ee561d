package dev.quarry.cli.command;

import dev.quarry.formats.ova.OvaFormat;
import dev.quarry.formats.qcow2.Qcow2Format;
import dev.quarry.formats.raw.RawFormat;
import dev.quarry.formats.vmdk.VmdkFormat;
import dev.quarry.image.ImageFormats;

/**
 * The formats of the command. Named here and not looked for: a ServiceLoader opens every jar of the
 * class path, which takes as long as all the rest of {@code quarry info}.
 */
public final class Formats {

    private Formats() {}

    public static ImageFormats all() {
        return ImageFormats.of(
                new RawFormat(), new Qcow2Format(), new VmdkFormat(), new OvaFormat());
    }
}
