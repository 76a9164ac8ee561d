package dev.quarry.cli;

import dev.quarry.cli.frame.Console;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Runs the commands in one JVM, for the AOT cache to remember them: their classes, and their linked
 * call sites. The build starts this in an empty folder (see {@code cli/src/build/train-aot.sh});
 * nothing else does.
 *
 * <p>There are three caches. The JVM links every class of its cache when it starts, so {@code info}
 * is a third slower (60 ms of processor time) with the cache of everything than with a cache of its
 * own, which holds no store and no codec; a conversion is 10 ms slower than with one that holds no
 * store.
 *
 * <p>No profiles are recorded, so the disk is only as large as it takes to come by every way:
 * several pages, windows and frames.
 */
final class AotTraining {

    private static final String LIGHT = "light";
    private static final String CONVERT = "convert";
    private static final String DISK = "disk.raw";
    private static final String QCOW2 = "disk.qcow2";
    private static final String HALF = "half.raw";
    private static final String COMPRESSED = "compressed";

    private static final long DATA_BYTES = 40L << 20;

    /** A hole behind the data, in which a page of the store is empty. */
    private static final long DISK_BYTES = DATA_BYTES + (256L << 20);

    private static final int PART_BYTES = 1 << 20;

    /** Every fourth block is random: it ends up in frames that do not compress. */
    private static final int RANDOM_EVERY = 4;

    private static final int BLOCK_BYTES = 4096;
    private static final int WORDS = 512;
    private static final int QCOW2_CLUSTER_BYTES = 1 << 16;
    private static final long SEED = 20_240_229;

    private AotTraining() {}

    /**
     * Runs the commands in the current folder, whatever becomes of each.
     *
     * @param args {@code light} for the cache of those that touch no data, {@code convert} for that
     *     of conversions
     */
    public static void main(String[] args) throws IOException {
        if (args.length == 1 && args[0].equals(LIGHT)) {
            light();
            return;
        }
        writeDisk(Path.of(DISK), DATA_BYTES);
        if (args.length == 1 && args[0].equals(CONVERT)) {
            conversions();
            return;
        }
        conversions();
        run("import", "--help");
        run("generate-completion");
        store();
        upkeep();
        mistakes();
    }

    private static void light() throws IOException {
        writeDisk(Path.of(DISK), PART_BYTES);
        Files.write(Path.of(QCOW2), emptyQcow2());
        for (String disk : new String[] {DISK, QCOW2}) {
            run("info", "--output=human", disk);
            run("info", "--output=json", disk);
        }
        // On the image without data: to look for holes of the host file links native code, which
        // no cache holds.
        for (String output : new String[] {"--output=human", "--output=json"}) {
            run("map", output, QCOW2);
            run("check", output, QCOW2);
            run("measure", "-O", "qcow2", output, QCOW2);
            run("snapshot", "-l", output, QCOW2);
        }
        run("info", "--no-such-option");
        run("info", "no-such-file");
        run("info", "--json", "no-such-file");
        run("--version");
        run("--help");
        run("info", "--help");
        run();
        run("no-such-command");
    }

    /**
     * The header of a qcow2 image and its two tables, all empty; written by hand to load no writer.
     */
    private static byte[] emptyQcow2() {
        ByteBuffer image = ByteBuffer.allocate(4 * QCOW2_CLUSTER_BYTES);
        image.putInt(0x514649fb).putInt(3).putLong(0).putInt(0).putInt(16);
        image.putLong(DISK_BYTES).putInt(0).putInt(1).putLong(3 * QCOW2_CLUSTER_BYTES);
        image.putLong(QCOW2_CLUSTER_BYTES).putInt(1).putInt(0).putLong(0);
        image.putLong(0).putLong(0).putLong(0).putInt(4).putInt(104);
        return image.array();
    }

    private static void conversions() throws IOException {
        run("convert", "-f", "raw", "-O", "qcow2", DISK, QCOW2);
        run("convert", "-O", "raw", QCOW2, "copy.raw");
        run("convert", "-n", "-f", "raw", "-O", "raw", DISK, "copy.raw");
        run("convert", "-n", "-f", "raw", "-O", "qcow2", DISK, QCOW2);
        delete("copy.raw");
        for (String type : new String[] {"zlib", "zstd"}) {
            String option = "compression_type=" + type;
            run("convert", "-f", "raw", "-O", "qcow2", "-c", "-o", option, DISK, COMPRESSED);
            run("convert", "-O", "raw", COMPRESSED, "copy.raw");
        }
        for (String subformat : new String[] {"monolithicSparse", "streamOptimized"}) {
            String option = "subformat=" + subformat;
            run("convert", "-f", "raw", "-O", "vmdk", "-o", option, DISK, COMPRESSED);
            run("convert", "-O", "raw", COMPRESSED, "copy.raw");
        }
        delete(COMPRESSED);
        delete("copy.raw");
        run("convert", "--help");
        run("convert", "no-such-file", "copy.raw");
        run("convert", "--no-such-option");
    }

    private static void store() throws IOException {
        run("import", DISK);
        // Everything is there already: only reading and hashing.
        String imported = run("import", "-f", "raw", DISK, "--name", "trained", "--json");
        run("import", QCOW2, "--name", "trained-2");
        delete(QCOW2);
        String image = first(imported, "ami-");
        String snapshot = first(imported, "snap-");
        run("register", "--name", "trained-3", "-b", "/dev/sda1=" + snapshot, "-b", "/dev/sdb=:1");
        for (String list : new String[] {"images", "snapshots", "volumes", "launches"}) {
            run(list);
            run(list, "--json");
        }
        catalogue(image, snapshot);
        run("show", image);
        run("show", "--json", image);
        run("tag", image, "key=value");
        run("untag", image, "key");
        run("launch", image, "--out", "raw");
        delete("raw/sda1.raw");
        run("launch", image, "--out", "qcow2", "-O", "qcow2", "--json");
        delete("qcow2/sda1.qcow2");
        run("launch", image, "--out", "overlay", "--overlay", "-b", "/dev/sdb=:1", "--print-qemu");
        run("volumes");
        run("volumes", "--json");
        run("export", image, "export.raw");
        delete("export.raw");
        run("stats");
        run("stats", "--json");
        run("analyze", "raw/launch.json");
        run("deregister", image);
        run("delete-snapshot", snapshot);
    }

    /** A store in which a half of what is stored is garbage. */
    private static void upkeep() throws IOException {
        writeDisk(Path.of(HALF), DATA_BYTES / 2);
        String store = "--store=upkeep";
        String whole = first(run("import", store, DISK, "--name", "whole", "--json"), "ami-");
        run("import", store, HALF, "--name", "half");
        run("deregister", store, whole, "--delete-associated-snapshots");
        run("verify", store, "--quick");
        run("gc", store, "--dry-run");
        run("gc", store);
        run("gc", store, "--json");
        run("verify", store);
        delete(HALF);
        trim();
    }

    /** A pack of which enough stays that garbage is taken out of it where it stands. */
    private static void trim() throws IOException {
        byte[] bytes = new byte[Math.toIntExact(DATA_BYTES)];
        new SplittableRandom(SEED).nextBytes(bytes);
        Files.write(Path.of(HALF), bytes);
        String store = "--store=trim";
        String whole = first(run("import", store, HALF, "--name", "whole", "--json"), "ami-");
        Files.write(Path.of(HALF), Arrays.copyOf(bytes, bytes.length / 2));
        run("import", store, HALF, "--name", "half");
        run("deregister", store, whole, "--delete-associated-snapshots");
        run("gc", store);
        delete(HALF);
    }

    /** Commands that touch documents alone: start-up is nearly all that they take. */
    private static void catalogue(String image, String snapshot) {
        run("images", "--filter", "name=trained*", "--owner", "self", "--max-results", "5");
        run("images", "--filter", "name=trained", "--filter", "tag:key=value", "--json");
        run("snapshots", "--filter", "status=comp*", "--max-results", "5");
        run("latest", "trained*");
        run("ancestry", image);
        run("share", image, "--with", "222222222222");
        run("unshare", image);
        run("modify-image-attribute", image, "--description", "trained");
        run("describe-attribute", image, "launchPermission");
        run("modify-snapshot-attribute", snapshot, "--product-code-add", "trained");
        run("modify-snapshot-attribute", snapshot, "--product-code-remove", "trained");
        run("deprecate", image, "--at", LocalDate.now(ZoneOffset.UTC).plusYears(1).toString());
        run("undeprecate", image);
        run("disable", image);
        run("enable", image);
        run("copy", image, "--name", "trained-4");
        run("launch", image, "--out", "nowhere", "--explain");
        run("list-snapshot-blocks", snapshot, "--max-results", "100");
        run("account");
        run("settings");
        run("recycle-bin");
        run("events");
        run("events", "--json");
    }

    /** The ways to an error are trained, too. */
    private static void mistakes() {
        run("import", "no-such-file");
        run("import", "--no-such-option");
        run("show", "--json", "ami-00000000000000000");
        run("launch", "ami-00000000000000000", "--out", "nowhere");
    }

    /** Runs a command as its process would, and gives what it printed. */
    private static String run(String... args) {
        Console process = Console.ofProcess();
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, false, StandardCharsets.UTF_8);
        Console console =
                new Console(out, process.err(), AotTraining::variable, process.terminal());
        Main.run(console, args);
        String text = printed.toString(StandardCharsets.UTF_8);
        process.out().print(text);
        process.out().flush();
        return text;
    }

    private static @Nullable String variable(String name) {
        try {
            return switch (name) {
                case "QUARRY_STORE" -> "store";
                // What the launcher says; of one of the two disks, for the other way is needed,
                // too.
                case "QUARRY_STAT" -> {
                    Object device = Files.getAttribute(Path.of(QCOW2), "unix:dev");
                    yield device + ":" + Files.getAttribute(Path.of(QCOW2), "unix:ino") + ":1";
                }
                default -> System.getenv(name);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes room: all outputs together would take more than a gigabyte. */
    private static void delete(String file) throws IOException {
        Files.deleteIfExists(Path.of(file));
    }

    private static String first(String text, String prefix) {
        int start = text.indexOf(prefix);
        int end = start < 0 ? -1 : text.indexOf('"', start);
        return end < 0 ? prefix : text.substring(start, end);
    }

    /** Words as text files have them, random blocks as compressed files have them, and a hole. */
    private static void writeDisk(Path file, long dataBytes) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[][] words = new byte[WORDS][];
        for (int i = 0; i < WORDS; i++) {
            words[i] = new byte[random.nextInt(2, 12)];
            for (int k = 0; k < words[i].length; k++) {
                words[i][k] = (byte) random.nextInt('a', 'z' + 1);
            }
        }
        ByteBuffer part = ByteBuffer.allocate(PART_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            for (long done = 0; done < dataBytes; done += PART_BYTES) {
                fill(part.clear(), words, random);
                part.flip();
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
            channel.write(ByteBuffer.allocate(1), DISK_BYTES - 1);
        }
    }

    private static void fill(ByteBuffer part, byte[][] words, SplittableRandom random) {
        for (int block = 0; part.hasRemaining(); block++) {
            int end = part.position() + BLOCK_BYTES;
            if (block % RANDOM_EVERY == 0) {
                while (part.position() < end) {
                    part.putLong(random.nextLong());
                }
            } else {
                while (part.position() < end) {
                    byte[] word = words[random.nextInt(WORDS)];
                    part.put(word, 0, Math.min(word.length, end - part.position()));
                }
            }
        }
    }
}
