/**
 * What tests and benchmarks compare the engine with: seeded content, independent image writers,
 * goldens, foreign images ({@link dev.quarry.testdata.Corpus}) and foreign programs ({@link
 * dev.quarry.testdata.ForeignTool}).
 *
 * <p>Uses the JDK and nothing else. It knows no type of the engine, and so can be its oracle.
 */
@NullMarked
package dev.quarry.testdata;

import org.jspecify.annotations.NullMarked;
