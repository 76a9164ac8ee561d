package dev.quarry;

import dev.quarry.block.BlockTarget;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.SourceFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes files and devices that disks are written into. */
final class Targets {

    private Targets() {}

    /** Makes a target of a file. */
    @FunctionalInterface
    interface TargetFactory {
        BlockTarget create(OutputFile output) throws IOException;
    }

    static BlockTarget create(Path file, TargetFactory factory) throws IOException {
        return create(file, SourceFiles.none(), factory);
    }

    /**
     * The same.
     *
     * @param sources which it may not write to or replace
     */
    static BlockTarget create(Path file, SourceFiles sources, TargetFactory factory)
            throws IOException {
        boolean inPlace = Files.exists(file) && !Files.isRegularFile(file);
        if (inPlace) {
            sources.refuse(file);
        }
        OutputFile output =
                inPlace ? OutputFile.openExisting(file) : OutputFile.create(file, sources);
        try {
            return factory.create(output);
        } catch (IOException | RuntimeException e) {
            output.close();
            throw e;
        }
    }
}
