package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.image.SnapshotInfo;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints internal snapshots as qemu-img does. */
final class InternalSnapshots {

    private static final long NANOS = 1_000_000_000;
    private static final long MILLI_NANOS = 1_000_000;
    private static final int HOUR_SECONDS = 3600;
    private static final int MINUTE_SECONDS = 60;

    private InternalSnapshots() {}

    static List<Object> json(List<SnapshotInfo> snapshots) {
        List<Object> list = new ArrayList<>();
        for (SnapshotInfo snapshot : snapshots) {
            list.add(json(snapshot));
        }
        return list;
    }

    private static Map<String, Object> json(SnapshotInfo snapshot) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", snapshot.id());
        json.put("name", snapshot.name());
        json.put("vm-state-size", snapshot.vmStateBytes());
        json.put("date-sec", snapshot.dateSeconds());
        json.put("date-nsec", snapshot.dateNanos());
        json.put("vm-clock-sec", snapshot.vmClockNanos() / NANOS);
        json.put("vm-clock-nsec", snapshot.vmClockNanos() % NANOS);
        if (snapshot.icount() != -1) {
            json.put("icount", snapshot.icount());
        }
        return json;
    }

    /** Prints nothing if there are none. */
    static void print(Invocation invocation, List<SnapshotInfo> snapshots) {
        if (snapshots.isEmpty()) {
            return;
        }
        invocation.print("Snapshot list:");
        String row = "%-10s%-17s%8s%20s%13s%11s";
        invocation.print(String.format(row, "ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT"));
        DateTimeFormatter date =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
                        .withZone(ZoneId.systemDefault());
        for (SnapshotInfo snapshot : snapshots) {
            invocation.print(
                    String.format(
                            row,
                            // A space between two columns, however long a name is.
                            snapshot.id() + " ",
                            snapshot.name() + " ",
                            PlainText.size(snapshot.vmStateBytes()),
                            date.format(Instant.ofEpochSecond(snapshot.dateSeconds())),
                            clock(snapshot.vmClockNanos()),
                            snapshot.icount() == -1 ? "" : Long.toString(snapshot.icount())));
        }
    }

    private static String clock(long nanos) {
        long seconds = nanos / NANOS;
        return String.format(
                Locale.ROOT,
                "%02d:%02d:%02d.%03d",
                seconds / HOUR_SECONDS,
                seconds / MINUTE_SECONDS % MINUTE_SECONDS,
                seconds % MINUTE_SECONDS,
                nanos % NANOS / MILLI_NANOS);
    }
}
