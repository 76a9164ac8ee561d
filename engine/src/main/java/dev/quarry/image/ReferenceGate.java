package dev.quarry.image;

import dev.quarry.storage.Storage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Decides what an image may refer to. The default is {@link #deny}: an image opens nothing that its
 * user did not allow. Extents of a split or flat VMDK that lie beside their descriptor are part of
 * the image and do not pass here (see {@link Storage#openSibling}).
 */
public interface ReferenceGate {

    /** Why an image refers to something. */
    enum Role {
        BACKING_FILE("backing file"),
        DATA_FILE("external data file"),
        PARENT("parent"),
        EXTENT("extent");

        private final String words;

        Role(String words) {
            this.words = words;
        }

        /** For messages. */
        public String words() {
            return words;
        }
    }

    /**
     * Opens what an image refers to.
     *
     * @param from the storage whose image refers
     * @param role why
     * @param reference the name as the image spells it: untrusted
     * @return the storage, owned by the caller
     * @throws ImageException of kind REFERENCE_REFUSED or REFERENCE_MISSING
     */
    Storage open(Storage from, Role role, String reference) throws IOException;

    /** Refuses everything. */
    static ReferenceGate deny() {
        return (from, role, reference) -> {
            throw new ImageException(
                    ImageException.Kind.REFERENCE_REFUSED,
                    from.name(),
                    -1,
                    "refers to the "
                            + role.words()
                            + " '"
                            + reference
                            + "', which was not allowed (--allow-references DIR allows"
                            + " the files of a folder)");
        };
    }

    /**
     * Allows files whose real path lies within {@code root}. Relative names are resolved against
     * the folder of the image that refers to them. Names with a protocol ({@code nbd://…}, {@code
     * json:…}) are refused.
     */
    static ReferenceGate within(Path root) throws IOException {
        return new RootedGate(root);
    }
}
