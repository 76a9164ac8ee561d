package dev.quarry.cli.command;

import dev.quarry.DiskImages;
import dev.quarry.ImageFile;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Messages;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.CheckReport;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ReferenceGate;
import dev.quarry.image.Repair;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** {@code quarry check}: the consistency of an image, with qemu-img's exit codes. */
public final class CheckCommand implements Subcommand {

    private static final String REPAIR = "-r";
    private static final String LEAKS = "leaks";
    private static final String ALL = "all";
    private static final int CORRUPT = 2;
    private static final int LEAKED = 3;
    private static final int NOT_SUPPORTED = 63;

    /** A damaged table of a large image may give a line for each of its clusters. */
    private static final int FINDINGS_MAX = 1000;

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "check",
                                "Checks the consistency of an image: reference counts of qcow2,"
                                    + " tables and compressed grains of VMDK, the manifest of an"
                                    + " OVA. Opens nothing that the image refers to.",
                                "quarry check disk.qcow2",
                                "quarry check -r leaks disk.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The image file.").build());
        QemuOptions.addFormat(spec);
        spec.addOption(
                Specs.option("WHAT", REPAIR)
                        .completionCandidates(List.of(LEAKS, ALL))
                        .description(
                                "Mend a qcow2 image in place: leaks, which touches no data, or"
                                        + " all, which believes the image's tables.")
                        .build());
        QemuOptions.addQuiet(spec);
        QemuOptions.addSourceCache(spec);
        QemuOptions.addShare(spec);
        OutputOptions.addTo(spec);
        spec.usageMessage().exitCodeListHeading("%nExit codes:%n");
        spec.usageMessage().exitCodeList(exitCodes());
        return spec;
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("0", "Nothing is wrong, or everything was mended.");
        codes.put("1", "The check failed, or the arguments do not fit.");
        codes.put("2", "The image is corrupt.");
        codes.put("3", "Clusters are leaked, and nothing else is wrong.");
        codes.put("63", "The format has nothing to check.");
        return codes;
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String name = invocation.argument(0);
        invocation.workingOn(name);
        Repair repair = repair(invocation.value(REPAIR));
        DiskImages images = QemuOptions.images();
        ImageFormat format =
                images.formatOf(QemuOptions.image(invocation, name, ReferenceGate.deny()));
        ImageFile file = QemuOptions.image(name, format.name(), ReferenceGate.deny());
        if (!format.isCheckable()) {
            invocation.messages().note("the format " + format.name() + " has nothing to check");
            return NOT_SUPPORTED;
        }
        Findings findings = new Findings(invocation.messages());
        CheckReport report =
                repair == null
                        ? images.check(file, findings, invocation.cancel())
                        : images.repair(file, repair, findings, invocation.cancel());
        findings.end();
        if (invocation.json()) {
            invocation.print(json(name, format.name(), report));
        } else if (!invocation.has(QemuOptions.QUIET)) {
            human(invocation, report);
        }
        if (report.checkErrors() != 0) {
            return FAILED;
        }
        return report.corruptions() != 0 ? CORRUPT : report.leaks() != 0 ? LEAKED : DONE;
    }

    private static @Nullable Repair repair(@Nullable String value) {
        return switch (value) {
            case null -> null;
            case LEAKS -> Repair.LEAKS;
            case ALL -> Repair.ALL;
            default -> throw new UsageException("-r is one of leaks and all, not '" + value + "'");
        };
    }

    /** Passes on the first findings, and counts the others. */
    private static final class Findings implements Consumer<String> {
        private final Messages messages;
        private long count;

        Findings(Messages messages) {
            this.messages = messages;
        }

        @Override
        public void accept(String finding) {
            if (++count <= FINDINGS_MAX) {
                messages.note(finding);
            }
        }

        void end() {
            if (count > FINDINGS_MAX) {
                messages.note("and " + (count - FINDINGS_MAX) + " more of the kind");
            }
        }
    }

    private static Map<String, Object> json(String file, String format, CheckReport report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("filename", file);
        json.put("format", format);
        json.put("check-errors", report.checkErrors());
        putUnlessZero(json, "image-end-offset", report.imageEnd());
        putUnlessZero(json, "corruptions", report.corruptions());
        putUnlessZero(json, "leaks", report.leaks());
        putUnlessZero(json, "corruptions-fixed", report.corruptionsFixed());
        putUnlessZero(json, "leaks-fixed", report.leaksFixed());
        putUnlessZero(json, "total-clusters", report.totalClusters());
        putUnlessZero(json, "allocated-clusters", report.allocatedClusters());
        putUnlessZero(json, "fragmented-clusters", report.fragmentedClusters());
        putUnlessZero(json, "compressed-clusters", report.compressedClusters());
        return json;
    }

    private static void putUnlessZero(Map<String, Object> json, String name, long value) {
        if (value != 0) {
            json.put(name, value);
        }
    }

    private static void human(Invocation invocation, CheckReport report) {
        if (report.leaksFixed() + report.corruptionsFixed() != 0) {
            invocation.print(
                    "Mended: "
                            + report.leaksFixed()
                            + " leaked clusters, "
                            + report.corruptionsFixed()
                            + " corruptions. Checked again:");
        }
        if (report.isClean()) {
            invocation.print("No errors were found on the image.");
        }
        if (report.corruptions() != 0) {
            invocation.print(report.corruptions() + " errors were found on the image.");
        }
        if (report.leaks() != 0) {
            invocation.print(report.leaks() + " leaked clusters were found on the image.");
        }
        if (report.checkErrors() != 0) {
            invocation.print(report.checkErrors() + " internal errors have occurred.");
        }
        long allocated = report.allocatedClusters();
        if (allocated != 0 && report.totalClusters() != 0) {
            invocation.print(
                    String.format(
                            Locale.ROOT,
                            "%d/%d = %.2f%% allocated, %.2f%% fragmented, %.2f%% compressed"
                                    + " clusters",
                            allocated,
                            report.totalClusters(),
                            allocated * 100.0 / report.totalClusters(),
                            report.fragmentedClusters() * 100.0 / allocated,
                            report.compressedClusters() * 100.0 / allocated));
        }
        if (report.imageEnd() != 0) {
            invocation.print("Image end offset: " + report.imageEnd());
        }
    }
}
