import dev.quarry.ConvertRequest;
import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;
import dev.quarry.volume.LaunchedVolume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A launcher as somebody else would write it: imports a disk image, registers a machine image with a second, empty
 * disk, launches it, and converts the root volume to qcow2. {@code run.sh} compiles and runs it outside of the build,
 * with the library on the class path and without a JVM flag.
 */
final class Launcher {

    public static void main(String[] args) throws IOException {
        Path disk = Path.of(args[0]);
        Path folder = Path.of(args[1]);
        CancelToken cancel = new CancelToken(); // Another thread may call cancel.cancel() at any time.
        ProgressListener progress = (done, total) -> System.err.printf("%d of %d bytes%n", done, total);

        try (Quarry quarry = Quarry.openOrCreate(folder.resolve("store"))) {
            ImportResult imported = quarry.importImage(ImportRequest.of(disk), progress, cancel);

            List<BlockDeviceMapping> mapping = new ArrayList<>();
            mapping.addAll(MappingParser.parse("/dev/sda1=" + imported.snapshot().id()));
            mapping.addAll(MappingParser.parse("/dev/sdb=:1:true:gp3"));
            MachineImage image = quarry.catalog()
                    .registerImage(ImageRegistration.of("embedded", mapping).withRootDeviceName("/dev/sda1"));

            LaunchResult launched =
                    quarry.launch(LaunchRequest.of(image.id(), folder.resolve("vm")), progress, cancel);
            for (LaunchedVolume volume : launched.volumes()) {
                System.out.println(volume.planned().deviceName() + "\t" + volume.planned().path());
            }

            Path root = launched.volumes().getFirst().planned().path();
            Quarry.convert(ConvertRequest.of(root, folder.resolve("root.qcow2"), "qcow2"), progress, cancel);
            Quarry.convert(
                    ConvertRequest.of(folder.resolve("root.qcow2"), folder.resolve("root.raw"), "raw"), progress, cancel);
        }
    }
}
