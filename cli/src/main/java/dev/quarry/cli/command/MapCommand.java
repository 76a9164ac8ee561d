package dev.quarry.cli.command;

import dev.quarry.cli.frame.ByteSizes;
import dev.quarry.cli.frame.CommandException;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.JsonText;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.operation.MapEntry;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code quarry map}: where the bytes of a disk are, under qemu-img's names. */
public final class MapCommand implements Subcommand {

    private static final String START = "--start-offset";
    private static final String LENGTH = "--max-length";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "map",
                                "Prints where the bytes of a disk are: in the image or its backing"
                                        + " files, or nowhere. For people, only what is data.",
                                "quarry map --output=json disk.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The image file.").build());
        QemuOptions.addFormat(spec);
        spec.addOption(
                        Specs.option("SIZE", START)
                                .description("Begin at this byte of the disk.")
                                .build())
                .addOption(
                        Specs.option("SIZE", LENGTH)
                                .description("Print that much of it at most.")
                                .build());
        SnapshotOptions.addTo(spec);
        MemberOptions.addTo(spec);
        ReferenceOptions.addTo(spec);
        QemuOptions.addShare(spec);
        return OutputOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String file = invocation.argument(0);
        invocation.workingOn(file);
        long start = ByteSizes.parseOffset(invocation.value(START, "0"), START);
        String length = invocation.value(LENGTH);
        long end =
                length == null
                        ? Long.MAX_VALUE
                        : start
                                + Math.min(
                                        Long.MAX_VALUE - start,
                                        ByteSizes.parseOffset(length, LENGTH));
        Printer printer = invocation.json() ? new JsonPrinter(invocation) : new Table(invocation);
        QemuOptions.images()
                .map(
                        QemuOptions.image(invocation, file, ReferenceOptions.gate(invocation))
                                .withSnapshot(SnapshotOptions.snapshot(invocation))
                                .withMember(MemberOptions.member(invocation)),
                        start,
                        end,
                        printer::print,
                        invocation.cancel());
        printer.end();
        return DONE;
    }

    private interface Printer {
        void print(MapEntry entry);

        void end() throws CommandException;
    }

    /** An array with an object on each line, as qemu-img prints it. */
    private static final class JsonPrinter implements Printer {
        private final Invocation invocation;
        private String before = "[";

        JsonPrinter(Invocation invocation) {
            this.invocation = invocation;
        }

        @Override
        public void print(MapEntry entry) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("start", entry.start());
            json.put("length", entry.length());
            json.put("depth", entry.depth());
            json.put("present", entry.present());
            json.put("zero", entry.zero());
            json.put("data", entry.data());
            if (entry.position() >= 0) {
                json.put("offset", entry.position());
            }
            invocation.printText(before + JsonText.line(json));
            before = ",\n";
        }

        @Override
        public void end() {
            invocation.printText((before.equals("[") ? "[" : "") + "]\n");
        }
    }

    private static final class Table implements Printer {
        private static final String ROW = "%-16s%-16s%-16s%s";
        private final Invocation invocation;
        private boolean incomplete;

        Table(Invocation invocation) {
            this.invocation = invocation;
            invocation.print(String.format(ROW, "Offset", "Length", "Mapped to", "File"));
        }

        @Override
        public void print(MapEntry entry) {
            if (!entry.data() || entry.zero()) {
                return;
            }
            if (entry.position() < 0) {
                incomplete = true;
                return;
            }
            invocation.print(
                    String.format(
                            ROW,
                            hex(entry.start()),
                            hex(entry.length()),
                            hex(entry.position()),
                            entry.file()));
        }

        private static String hex(long value) {
            return value == 0 ? "0" : "0x" + Long.toHexString(value);
        }

        @Override
        public void end() throws CommandException {
            if (incomplete) {
                throw new CommandException(
                        "Incomplete",
                        "the image has compressed clusters, which are at no position of their own:"
                                + " --output=json lists them");
            }
        }
    }
}
