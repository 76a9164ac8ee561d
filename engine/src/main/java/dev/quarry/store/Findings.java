package dev.quarry.store;

import java.util.ArrayList;
import java.util.List;

/** What a check has found, up to a limit; what is beyond it is counted. Thread-safe. */
public final class Findings {

    /** Enough to see what happened to a store; each is some hundred bytes. */
    public static final int KEPT_MAX = 10_000;

    private final List<Finding> kept = new ArrayList<>();
    private long count;

    public synchronized void add(String blob, String reason) {
        count++;
        if (kept.size() < KEPT_MAX) {
            kept.add(new Finding(blob, reason));
        }
    }

    /** Adds what another check has found. */
    public synchronized void addAll(Findings others) {
        List<Finding> list = others.list();
        list.forEach(finding -> add(finding.blob(), finding.reason()));
        count += others.count() - list.size();
    }

    /** How many there were. */
    public synchronized long count() {
        return count;
    }

    /** The first of them. */
    public synchronized List<Finding> list() {
        return List.copyOf(kept);
    }
}
