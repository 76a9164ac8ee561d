/**
 * What every long operation takes: a {@link dev.quarry.job.ProgressListener}, a {@link
 * dev.quarry.job.CancelToken}, and the bounded {@link dev.quarry.job.Workers} it runs on. Depends
 * on the JDK alone.
 */
@NullMarked
package dev.quarry.job;

import org.jspecify.annotations.NullMarked;
