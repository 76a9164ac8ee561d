/**
 * What the machine could do at best: plain programs that figures are held against. Each is one
 * class that needs the JDK alone, so that it runs as {@code java -cp FOLDER CLASS}.
 */
@NullMarked
package dev.quarry.benchmarks.limit;

import org.jspecify.annotations.NullMarked;
