package dev.quarry.formats.ova;

import dev.quarry.block.BlockTarget;
import dev.quarry.formats.ova.OvfDescriptor.Disk;
import dev.quarry.formats.ova.OvfDescriptor.FileReference;
import dev.quarry.image.CheckReport;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ForeignText;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.OpenOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Virtual appliances: an OVF descriptor with the files beside it, or all of them in a tar archive
 * (OVA). Reading takes the disk in place; writing makes an archive with one disk.
 */
public final class OvaFormat implements ImageFormat {

    /** The format's name. */
    public static final String NAME = "ova";

    private static final String ENVELOPE = "Envelope";

    /** Byte order marks; each character is a byte. */
    private static final String UTF_8_MARK = "\u00ef\u00bb\u00bf";

    private static final Set<String> UTF_16_MARKS = Set.of("\u00ff\u00fe", "\u00fe\u00ff");

    @Override
    public String name() {
        return NAME;
    }

    /** An archive counts if its first member is a descriptor, as the specification demands. */
    @Override
    public Confidence probe(MemorySegment head, long fileSize) {
        byte[] bytes = head.toArray(ValueLayout.JAVA_BYTE);
        if (TarReader.isHeader(bytes)) {
            String first = TarReader.firstName(bytes);
            return first != null && Appliance.isDescriptor(first)
                    ? Confidence.CERTAIN
                    : Confidence.NO;
        }
        String text = beginning(new String(bytes, StandardCharsets.ISO_8859_1));
        return text.startsWith("<") && text.contains(ENVELOPE) && text.contains("/ovf/envelope/")
                ? Confidence.CERTAIN
                : Confidence.NO;
    }

    /** What is ASCII in bytes that may be XML, behind a byte order mark. */
    private static String beginning(String bytes) {
        String text = bytes;
        if (text.startsWith(UTF_8_MARK)) {
            text = text.substring(UTF_8_MARK.length());
        } else if (text.length() > 1 && UTF_16_MARKS.contains(text.substring(0, 2))) {
            text = text.substring(2).replace("\0", "");
        }
        return text.stripLeading();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The size is that of the only disk, or the sum where there are several.
     */
    @Override
    public ImageInfo inspect(Storage storage) throws IOException {
        Appliance appliance = Appliance.read(storage);
        List<Object> disks = new ArrayList<>();
        long size = 0;
        for (Disk disk : appliance.disks()) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("id", ForeignText.printable(disk.id()));
            if (disk.file() != null) {
                facts.put("file", ForeignText.printable(disk.file().href()));
            }
            if (disk.capacity() >= 0) {
                facts.put("capacity", disk.capacity());
                if (disk.capacity() > Long.MAX_VALUE - size) {
                    throw new ImageException(
                            Kind.LIMIT,
                            storage.name(),
                            -1,
                            "the capacities of the disks together exceed 0x"
                                    + Long.toHexString(Long.MAX_VALUE));
                }
                size += disk.capacity();
            }
            facts.put("format", ForeignText.printable(disk.format()));
            disks.add(facts);
        }
        return info(size, disks);
    }

    private static ImageInfo info(long size, List<Object> disks) {
        return new ImageInfo(NAME, size, 0, null, null, false, false, Map.of("disks", disks));
    }

    @Override
    public DiskImage open(Storage storage, OpenOptions options) throws IOException {
        Appliance appliance = Appliance.read(storage);
        Disk disk = appliance.disk(options.member());
        Storage file = appliance.open(disk);
        boolean beside = !appliance.isArchive();
        try {
            ImageFormats.Detection found = options.formats().detect(file);
            if (found.isGuess() || found.format() instanceof OvaFormat) {
                throw new ImageException(
                        Kind.CORRUPT,
                        file.name(),
                        -1,
                        "the appliance's disk is no image of a known format");
            }
            DiskImage image = found.format().open(file, options.withMember(null));
            if (beside) {
                storage.close(); // The descriptor was read; the data is in the disk's file.
            }
            return image;
        } catch (IOException | RuntimeException | Error e) {
            if (beside) {
                file.close();
            }
            throw e;
        }
    }

    @Override
    public boolean isCheckable() {
        return true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Looks for the disks' files, compares the files' sizes with the descriptor and all files
     * with the manifest. What is in a disk is its own format's matter.
     */
    @Override
    public CheckReport check(Storage storage, Consumer<String> findings, CancelToken cancel)
            throws IOException {
        Appliance appliance = Appliance.read(storage);
        Counter counter = new Counter(findings);
        for (Disk disk : appliance.disks()) {
            if (disk.file() != null) {
                try {
                    appliance.close(appliance.open(disk));
                } catch (ImageException e) {
                    counter.accept("error: " + e.getMessage());
                }
            }
        }
        for (FileReference file : appliance.files()) {
            checkSize(appliance, file, counter);
        }
        Manifest.Outcome outcome = new Manifest(appliance, counter, cancel).check();
        if (!outcome.isThere()) {
            findings.accept("there is no manifest to compare with");
        }
        return CheckReport.ofErrors(outcome.unknown(), counter.count - outcome.unknown());
    }

    private static void checkSize(
            Appliance appliance, FileReference file, Consumer<String> findings) throws IOException {
        Storage found = appliance.find(file.href());
        if (found == null) {
            return; // Of a disk that was reported, or an address elsewhere.
        }
        if (file.size() >= 0 && file.size() != found.size()) {
            findings.accept(
                    "error: '"
                            + ForeignText.printable(file.href())
                            + "' has 0x"
                            + Long.toHexString(found.size())
                            + " bytes, and the descriptor says 0x"
                            + Long.toHexString(file.size()));
        }
        appliance.close(found);
    }

    /** Counts what it passes on. */
    private static final class Counter implements Consumer<String> {
        private final Consumer<String> findings;
        private long count;

        Counter(Consumer<String> findings) {
            this.findings = findings;
        }

        @Override
        public void accept(String finding) {
            count++;
            findings.accept(finding);
        }
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Writes an archive with a descriptor, a manifest and one stream-optimized VMDK. There are
     * no options. The target is an {@link dev.quarry.block.EncodingTarget}.
     */
    @Override
    public BlockTarget create(OutputFile file, long size, CreateOptions options)
            throws IOException {
        options.requireKnown(file.name(), NAME, Set.of());
        options.requireNoBacking(file.name(), NAME);
        return new OvaWriter(file, size);
    }
}
