package dev.quarry.benchmarks.demo;

import dev.quarry.testdata.Content;
import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.VmdkOracle;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes related disks as image files in all formats, by writers that share no code with the engine:
 * so nothing but this program is needed, and yet what it reads was not written by itself.
 */
final class DemoImages {

    private static final long SEED = 1;

    private DemoImages() {}

    /** Makes the files: the first disk in every format, and the others in one each. */
    static List<Path> make(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int variant = 0; variant < DemoDisk.VARIANTS; variant++) {
            String name = "disk" + (variant + 1);
            Path raw = folder.resolve(name + ".raw");
            DemoDisk.write(raw, SEED, variant);
            try (Content content = Content.open(raw)) {
                if (variant == 0) {
                    files.add(raw);
                }
                if (variant == 0 || variant % 2 == 1) {
                    files.add(qcow2(content, folder.resolve(name + ".qcow2")));
                }
                if (variant % 2 == 0) {
                    files.add(vmdk(content, folder.resolve(name + ".vmdk")));
                }
            }
        }
        return files;
    }

    private static Path qcow2(Content content, Path file) throws IOException {
        Qcow2Oracle.write(
                content,
                file,
                Qcow2Oracle.Options.plain().withCompression(Qcow2Oracle.Compression.DEFLATE));
        return file;
    }

    private static Path vmdk(Content content, Path file) throws IOException {
        VmdkOracle.writeStreamOptimized(content, file, VmdkOracle.Options.plain());
        return file;
    }
}
