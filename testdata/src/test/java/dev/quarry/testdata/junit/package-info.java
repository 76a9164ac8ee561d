/**
 * What every module's tests have from JUnit beyond JUnit: {@link
 * dev.quarry.testdata.junit.SkipReport}. Travels in this module's tests jar.
 */
@NullMarked
package dev.quarry.testdata.junit;

import org.jspecify.annotations.NullMarked;
