import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Lifts the classes of a jar to Java 25's class-file version, in place: {@code LiftClasses JAR…}.
 *
 * <p>The AOT cache leaves out classes from before Java 6 (class-file version 50), because they
 * carry no stack maps and the JVM verifies them the old way; picocli is compiled for Java 5.
 * Loading and verifying it anew took 100 ms of each command. The build lifts its own copy of the
 * jar.
 */
final class LiftClasses {

    private static final int FIRST_VERSION_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;

    public static void main(String[] args) throws IOException {
        for (String jar : args) {
            lift(Path.of(jar));
        }
    }

    private static void lift(Path jar) throws IOException {
        Path lifted = jar.resolveSibling(jar.getFileName() + ".lifted");
        int count = 0;
        try (ZipFile source = new ZipFile(jar.toFile());
                ZipOutputStream target = new ZipOutputStream(Files.newOutputStream(lifted))) {
            ClassFile classFile = classFile(source);
            for (ZipEntry entry : Collections.list(source.entries())) {
                byte[] bytes;
                try (InputStream in = source.getInputStream(entry)) {
                    bytes = in.readAllBytes();
                }
                if (isOldClass(entry, bytes)) {
                    bytes = lift(classFile, entry.getName(), bytes);
                    count++;
                }
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTime(entry.getTime());
                target.putNextEntry(copy);
                target.write(bytes);
            }
        }
        if (count == 0) {
            Files.delete(lifted);
        } else {
            Files.move(lifted, jar, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static boolean isOldClass(ZipEntry entry, byte[] bytes) {
        return entry.getName().endsWith(".class")
                && ((bytes[6] & 0xFF) << 8 | bytes[7] & 0xFF) < FIRST_VERSION_WITH_STACK_MAPS;
    }

    private static byte[] lift(ClassFile classFile, String name, byte[] bytes) {
        byte[] lifted =
                classFile.transformClass(
                        classFile.parse(bytes),
                        ClassTransform.endHandler(
                                builder -> builder.withVersion(ClassFile.JAVA_25_VERSION, 0)));
        var errors = classFile.verify(lifted);
        if (!errors.isEmpty()) {
            throw new IllegalStateException(name + " does not verify: " + errors);
        }
        return lifted;
    }

    private static ClassFile classFile(ZipFile jar) {
        ClassHierarchyResolver hierarchy =
                ClassHierarchyResolver.ofResourceParsing(type -> open(jar, type)).cached();
        return ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                // Without a pool of its own a method's code is copied as it is.
                ClassFile.ConstantPoolSharingOption.NEW_POOL,
                ClassFile.ClassHierarchyResolverOption.of(hierarchy));
    }

    private static InputStream open(ZipFile jar, ClassDesc type) {
        String descriptor = type.descriptorString();
        String name = descriptor.substring(1, descriptor.length() - 1) + ".class";
        ZipEntry entry = jar.getEntry(name);
        try {
            return entry == null
                    ? ClassLoader.getSystemResourceAsStream(name)
                    : jar.getInputStream(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
