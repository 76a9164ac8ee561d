/**
 * JSON text to plain maps and lists, and back. Main type: {@link dev.quarry.json.JsonTree}. Depends
 * on the JDK and on Gson's reader and writer.
 */
@NullMarked
package dev.quarry.json;

import org.jspecify.annotations.NullMarked;
