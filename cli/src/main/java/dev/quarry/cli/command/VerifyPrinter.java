package dev.quarry.cli.command;

import dev.quarry.RepairReport;
import dev.quarry.VerifyReport;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.snapshot.LostRange;
import dev.quarry.store.Finding;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says what a verification found. */
final class VerifyPrinter {

    private VerifyPrinter() {}

    static void print(Invocation invocation, VerifyReport report) {
        if (invocation.json()) {
            invocation.print(json(report));
        } else {
            human(invocation, report);
        }
    }

    static void print(Invocation invocation, RepairReport report) {
        if (invocation.json()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("Before", json(report.before()));
            json.put("Restored", report.restored());
            json.put("Quarantined", report.quarantined());
            json.put("After", json(report.after()));
            invocation.print(json);
            return;
        }
        human(invocation, report.before());
        for (String document : report.restored()) {
            invocation.print("restored: " + document);
        }
        for (String blob : report.quarantined()) {
            invocation.print("taken out of use: " + blob);
        }
        if (!report.before().isSound()) {
            human(invocation, report.after());
        }
    }

    private static Map<String, Object> json(VerifyReport report) {
        List<Map<String, Object>> findings = new ArrayList<>();
        for (Finding finding : report.findings()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("Blob", finding.blob());
            json.put("Reason", finding.reason());
            findings.add(json);
        }
        List<Map<String, Object>> losses = new ArrayList<>();
        for (VerifyReport.Loss loss : report.losses()) {
            losses.add(json(loss));
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("Sound", report.isSound());
        json.put("Packs", report.packs());
        json.put("Frames", report.frames());
        json.put("HashedBytes", report.hashedBytes());
        json.put("SnapshotCount", report.snapshots());
        json.put("FindingCount", report.findingCount());
        json.put("Findings", findings);
        json.put("Losses", losses);
        return json;
    }

    private static Map<String, Object> json(VerifyReport.Loss loss) {
        List<Map<String, Object>> ranges = new ArrayList<>();
        for (LostRange range : loss.result().ranges()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("Offset", range.offset());
            json.put("Length", range.length());
            ranges.add(json);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("SnapshotId", loss.snapshotId());
        json.put("ImageIds", loss.imageIds());
        json.put("LostBytes", loss.result().lostBytes());
        if (loss.result().damage() != null) {
            json.put("Damage", loss.result().damage());
        }
        json.put("Ranges", ranges);
        return json;
    }

    private static void human(Invocation invocation, VerifyReport report) {
        invocation.print(
                "read: "
                        + counted(report.packs(), "pack")
                        + ", "
                        + counted(report.snapshots(), "snapshot")
                        + ", "
                        + PlainText.size(report.hashedBytes())
                        + " decoded and hashed");
        for (Finding finding : report.findings()) {
            invocation.print("damaged: " + finding.blob() + ": " + finding.reason());
        }
        if (report.findingCount() > report.findings().size()) {
            invocation.print(
                    "damaged: "
                            + (report.findingCount() - report.findings().size())
                            + " more places");
        }
        for (VerifyReport.Loss loss : report.losses()) {
            print(invocation, loss);
        }
        invocation.print(report.isSound() ? "the store is sound" : "the store is damaged");
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static void print(Invocation invocation, VerifyReport.Loss loss) {
        String damage = loss.result().damage();
        invocation.print(
                "lost: "
                        + loss.snapshotId()
                        + (loss.imageIds().isEmpty()
                                ? ""
                                : " (" + String.join(", ", loss.imageIds()) + ")")
                        + ": "
                        + loss.result().lostBytes()
                        + " bytes"
                        + (damage == null ? "" : "; " + damage));
        for (LostRange range : loss.result().ranges()) {
            invocation.print(
                    "    0x"
                            + Long.toHexString(range.offset())
                            + " to 0x"
                            + Long.toHexString(range.offset() + range.length()));
        }
    }
}
