package dev.quarry.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.Set;

/**
 * The arrows between modules and packages. There is no module-info (two dependencies are automatic
 * modules), so this is what holds them; it runs here, where everything is on the class path.
 */
final class ArchitectureTest {

    private static final String FORMATS = "dev.quarry.formats..";
    private static final String CLI = "dev.quarry.cli..";
    private static final String BENCHMARKS = "dev.quarry.benchmarks..";
    private static final String TESTDATA = "dev.quarry.testdata..";
    private static final String STORAGE = "dev.quarry.storage..";

    private static final DescribedPredicate<JavaClass> IN_THE_ENGINE =
            resideInAPackage("dev.quarry..")
                    .and(
                            DescribedPredicate.not(
                                    resideInAnyPackage(FORMATS, CLI, BENCHMARKS, TESTDATA)))
                    .as("in the engine");

    private static final JavaClasses MAIN =
            new ClassFileImporter()
                    .withImportOption(location ->
                            !location.contains("/test-classes/")
                                    && !location.contains("-tests.jar")
                                    && !location.contains("/jmh_generated/"))
                    .importPackages("dev.quarry");

    // ---- modules

    @Test
    void theEngineKnowsNobodyAboveIt() {
        check(
                noClasses()
                        .that(are(IN_THE_ENGINE))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(FORMATS, CLI, BENCHMARKS, TESTDATA, "picocli.."));
    }

    @Test
    void formatsKnowOnlyTheEngine() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(FORMATS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(CLI, BENCHMARKS, TESTDATA, "picocli.."));
    }

    @Test
    void theCommandKnowsNeitherBenchmarksNorTestdata() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(CLI)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(BENCHMARKS, TESTDATA));
    }

    @Test
    void testdataKnowsOnlyTheJdkAndSoCanBeAnOracle() {
        check(
                classes()
                        .that()
                        .resideInAPackage(TESTDATA)
                        .should()
                        .onlyDependOnClassesThat()
                        .resideInAnyPackage("java..", "org.jspecify..", TESTDATA));
    }

    // ---- packages

    @Test
    void noFormatKnowsAnother() {
        check(
                slices().matching("dev.quarry.formats.(*)..")
                        .should()
                        .notDependOnEachOther()
                        // Decompression, which formats share.
                        .ignoreDependency(
                                alwaysTrue(), resideInAPackage("dev.quarry.formats.codec..")));
    }

    @Test
    void enginePackagesFormNoCircle() {
        // By a package's first word: a part of a package may call its other parts.
        check(slices().matching("dev.quarry.(*)..").should().beFreeOfCycles());
    }

    @Test
    void onlyStorageOpensFiles() {
        check(
                noClasses()
                        .that(are(IN_THE_ENGINE.or(resideInAPackage(FORMATS))))
                        .and()
                        .resideOutsideOfPackage(STORAGE)
                        .should(openFiles()));
    }

    @Test
    void onlyStorageHashesAndCodecsCallNativeCode() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(
                                STORAGE, "dev.quarry.hash", "dev.quarry.formats.codec..")
                        .should()
                        .dependOnClassesThat()
                        .haveFullyQualifiedName("java.lang.foreign.Linker"));
    }

    @Test
    void catalogueAndPlannersDoNoInputOrOutput() {
        check(
                noClasses()
                        .that(
                                are(
                                        resideInAPackage("dev.quarry.catalog..")
                                                .or(planners())
                                                .as("in the catalogue, or planners")))
                        .should(openFiles())
                        .orShould()
                        .dependOnClassesThat()
                        .resideInAnyPackage(STORAGE, "java.nio.channels.."));
    }

    @Test
    void nettyStaysInServe() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage("dev.quarry.serve..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("io.netty.."));
    }

    @Test
    void nothingUsesUnsafe() {
        check(noClasses().should().dependOnClassesThat().haveFullyQualifiedName("sun.misc.Unsafe"));
    }

    @Test
    void everyPackageSaysThatNothingIsNull() {
        check(classes().should(beInNullMarkedPackages()));
    }

    private static void check(ArchRule rule) {
        // A package that is still to be written keeps every rule.
        rule.allowEmptyShould(true).check(MAIN);
    }

    private static DescribedPredicate<JavaClass> planners() {
        return resideInAPackage("dev.quarry.volume..")
                .and(
                        DescribedPredicate.describe(
                                "called Planner or Plan",
                                type ->
                                        type.getSimpleName().endsWith("Planner")
                                                || type.getSimpleName().endsWith("Plan")));
    }

    private static ArchCondition<JavaClass> openFiles() {
        return new ArchCondition<>("open files") {

            private static final Set<String> FILES_METHODS =
                    Set.of(
                            "copy",
                            "createFile",
                            "createTempFile",
                            "lines",
                            "newBufferedReader",
                            "newBufferedWriter",
                            "newByteChannel",
                            "newInputStream",
                            "newOutputStream",
                            "readAllBytes",
                            "readAllLines",
                            "readString",
                            "write",
                            "writeString");

            private static final Set<String> STREAMS =
                    Set.of(
                            "java.io.FileInputStream",
                            "java.io.FileOutputStream",
                            "java.io.FileReader",
                            "java.io.FileWriter",
                            "java.io.RandomAccessFile");

            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaMethodCall call : type.getMethodCallsFromSelf()) {
                    CodeUnitCallTarget target = call.getTarget();
                    JavaClass owner = target.getOwner();
                    String name = target.getName();
                    boolean opens =
                            (owner.isEquivalentTo(Files.class) && FILES_METHODS.contains(name))
                                    || (owner.isEquivalentTo(FileChannel.class)
                                            && name.equals("open"))
                                    || owner.isEquivalentTo(AsynchronousFileChannel.class);
                    report(type, opens, call.getDescription(), events);
                }
                type.getConstructorCallsFromSelf()
                        .forEach(call ->
                                report(
                                        type,
                                        STREAMS.contains(call.getTargetOwner().getName()),
                                        call.getDescription(),
                                        events));
            }

            private void report(
                    JavaClass type, boolean opens, String description, ConditionEvents events) {
                if (opens) {
                    events.add(SimpleConditionEvent.satisfied(type, description));
                }
            }
        };
    }

    private static ArchCondition<JavaClass> beInNullMarkedPackages() {
        return new ArchCondition<>("be in packages whose package-info is @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    events.add(
                            SimpleConditionEvent.violated(
                                    type, type.getPackageName() + " is not (" + type + ")"));
                }
            }
        };
    }
}
