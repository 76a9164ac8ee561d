package dev.quarry.store;

import dev.quarry.json.JsonTree;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What stands in a lease's document.
 *
 * @param kind what its holder does
 * @param epoch of the collection state that its holder knows
 * @param counter counted up while the holder lives
 * @param state how far the holder is
 */
record LeaseDocument(StoreLease.Kind kind, long epoch, long counter, State state) {

    /** The holder's last word, or the collector's. */
    enum State {
        ACTIVE,
        COMMITTED,
        REVOKED
    }

    byte[] bytes() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", kind.name());
        json.put("epoch", epoch);
        json.put("counter", counter);
        json.put("state", state.name());
        return (JsonTree.pretty(json) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a document, or gives null for one that makes no sense. */
    static @Nullable LeaseDocument of(byte[] bytes) {
        try {
            Map<String, Object> json =
                    JsonTree.readObject(new String(bytes, StandardCharsets.UTF_8));
            if (json.get("epoch") instanceof Number epoch
                    && json.get("counter") instanceof Number counter) {
                return new LeaseDocument(
                        StoreLease.Kind.valueOf(String.valueOf(json.get("kind"))),
                        epoch.longValue(),
                        counter.longValue(),
                        State.valueOf(String.valueOf(json.get("state"))));
            }
        } catch (IOException | IllegalArgumentException e) {
            // As said above.
        }
        return null;
    }
}
