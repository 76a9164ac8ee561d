package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.image.ImageFormat;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The command names its formats; what it names must be what an embedding program finds. */
final class InstalledFormatsTest {

    @Test
    void commandHasTheFormatsOfTheClassPath() {
        TreeSet<String> found =
                ServiceLoader.load(ImageFormat.class).stream()
                        .map(provider -> provider.type().getName())
                        .collect(Collectors.toCollection(TreeSet::new));
        TreeSet<String> named =
                Arrays.stream(Main.formats())
                        .map(format -> format.getClass().getName())
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(found, named);
    }
}
