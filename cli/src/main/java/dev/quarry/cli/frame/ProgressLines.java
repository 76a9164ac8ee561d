package dev.quarry.cli.frame;

import dev.quarry.job.ProgressListener;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Progress for programs: {@code {"Progress":{"Operation":…,"DoneBytes":…,"TotalBytes":…}}}, and the
 * file where there are several.
 */
final class ProgressLines implements ProgressListener {

    private final String what;
    private final @Nullable Path file;
    private final Messages messages;

    ProgressLines(String what, @Nullable Path file, Messages messages) {
        this.what = what;
        this.file = file;
        this.messages = messages;
    }

    @Override
    public void progress(long doneBytes, long totalBytes) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("Operation", what);
        if (file != null) {
            fields.put("File", file.toString());
        }
        fields.put("DoneBytes", doneBytes);
        fields.put("TotalBytes", totalBytes);
        messages.raw(JsonText.line(Map.of("Progress", fields)));
    }
}
