package dev.quarry.testdata;

import java.lang.reflect.InvocationTargetException;

/**
 * What a test does when the machine lacks something that it needs, a program or a folder of images:
 * it throws {@link #missing}.
 *
 * <p>A developer's machine may lack things, and the test is then skipped: under JUnit the exception
 * is {@code org.opentest4j.TestAbortedException}, which JUnit counts as a skip wherever it is
 * thrown, in a test, a life-cycle method or a source of arguments. It is created by its name,
 * because this module depends on the JDK alone. CI may lack nothing: where the system property
 * {@value #REQUIRED_PROPERTY} is {@code true}, and where there is no JUnit, the exception is an
 * {@link IllegalStateException}.
 */
public final class Prerequisite {

    /** The system property that turns skips into failures. */
    public static final String REQUIRED_PROPERTY = "quarry.require-tools";

    private static final String JUNIT_SKIP = "org.opentest4j.TestAbortedException";

    private Prerequisite() {}

    /**
     * Returns the exception to throw where something is missing.
     *
     * @param reason what is missing, without the test's own details: skips are counted by reason
     */
    public static RuntimeException missing(String reason) {
        if (!Boolean.getBoolean(REQUIRED_PROPERTY)) {
            try {
                return Class.forName(JUNIT_SKIP)
                        .asSubclass(RuntimeException.class)
                        .getConstructor(String.class)
                        .newInstance(reason);
            } catch (ClassNotFoundException e) {
                // Not under JUnit.
            } catch (InstantiationException
                    | IllegalAccessException
                    | NoSuchMethodException
                    | InvocationTargetException e) {
                throw new LinkageError(JUNIT_SKIP + " has no constructor for a message", e);
            }
        }
        return new IllegalStateException(reason);
    }
}
