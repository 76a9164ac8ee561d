/**
 * A file system that notes what is changed and made durable in a folder, fails where it is told,
 * and says what the folder may hold after a power cut. Main types: {@link
 * dev.quarry.testdata.fault.FaultFileSystem} and {@link dev.quarry.testdata.fault.Journal}. Depends
 * on the JDK alone.
 */
@NullMarked
package dev.quarry.testdata.fault;

import org.jspecify.annotations.NullMarked;
