package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

final class ManualPagesTest {

    private static final List<String> SECTIONS =
            List.of("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES");

    @TempDir private Path folder;

    @BeforeEach
    void writePages() throws IOException {
        ManualPages.write(folder);
    }

    @Test
    void eachCommandHasAPage() throws IOException {
        TreeSet<String> expected = new TreeSet<>();
        expected.add("quarry.1");
        CommandTable.NAMES.forEach(name -> expected.add("quarry-" + name + ".1"));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    expected,
                    files.map(file -> file.getFileName().toString())
                            .collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @Test
    void groffFindsNothingWrong() {
        ForeignTool groff = ForeignTool.require("groff");
        for (String name : CommandTable.NAMES) {
            ForeignTool.Result run = groff.run("-man", "-Tutf8", "-ww", "-z", page(name));
            assertEquals("", run.expectSuccess().stderr(), name);
        }
        assertEquals(
                "", groff.run("-man", "-Tutf8", "-ww", "-z", folder.resolve("quarry.1")).stderr());
    }

    @Test
    void aPageSaysWhatHelpSays() {
        ForeignTool groff = ForeignTool.require("groff");
        for (String name : CommandTable.NAMES) {
            // Without escapes for colours, a line for each paragraph.
            String text =
                    groff.run("-man", "-Tutf8", "-P-cbou", "-rLL=10000n", page(name))
                            .expectSuccess()
                            .stdout();
            for (String section : SECTIONS) {
                assertTrue(text.contains("\n" + section + "\n"), () -> section + " in " + text);
            }
            CommandSpec spec = CommandTable.require(name).describe();
            for (OptionSpec option : spec.options()) {
                for (String each : option.names()) {
                    assertTrue(text.contains(each), () -> each + " in " + text);
                }
                String description = String.join(" ", option.description());
                assertTrue(text.contains(description), () -> description + " in " + text);
            }
        }
    }

    @Test
    void thePageOfTheProgramListsAllOthers() throws IOException {
        String page = Files.readString(folder.resolve("quarry.1"), StandardCharsets.US_ASCII);
        for (String name : CommandTable.NAMES) {
            String escaped = "\\fBquarry\\-" + name.replace("-", "\\-") + "\\fR(1)";
            assertTrue(page.contains(escaped), () -> escaped + " in " + page);
        }
    }

    private Path page(String name) {
        return folder.resolve("quarry-" + name + ".1");
    }
}
