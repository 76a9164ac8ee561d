package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.cli.command.Formats;
import dev.quarry.image.ImageFormat;

import org.junit.jupiter.api.Test;

import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The command names its formats; what it names must be what an embedding program finds. */
final class InstalledFormatsTest {

    @Test
    void commandHasTheFormatsOfTheClassPath() {
        String found =
                ServiceLoader.load(ImageFormat.class).stream()
                        .map(provider -> provider.get().name())
                        .sorted()
                        .collect(Collectors.joining(", "));
        assertEquals(found, Formats.all().names());
    }
}
