package dev.quarry.cli.frame;

import dev.quarry.job.ProgressListener;

import java.util.LinkedHashMap;
import java.util.Map;

/** Progress for programs: {@code {"Progress":{"Operation":…,"DoneBytes":…,"TotalBytes":…}}}. */
final class ProgressLines implements ProgressListener {

    private final String what;
    private final Messages messages;

    ProgressLines(String what, Messages messages) {
        this.what = what;
        this.messages = messages;
    }

    @Override
    public void progress(long doneBytes, long totalBytes) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("Operation", what);
        fields.put("DoneBytes", doneBytes);
        fields.put("TotalBytes", totalBytes);
        messages.raw(JsonText.line(Map.of("Progress", fields)));
    }
}
