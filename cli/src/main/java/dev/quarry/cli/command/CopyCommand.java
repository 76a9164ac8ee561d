package dev.quarry.cli.command;

import dev.quarry.CopyImageRequest;
import dev.quarry.Quarry;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.Map;

/** {@code quarry copy}: a copy of an image, from here or from another region. */
public final class CopyCommand implements Subcommand {

    private static final String NAME = "--name";
    private static final String REGION = "--source-region";
    private static final String DESCRIPTION = "--description";
    private static final String TOKEN = "--client-token";
    private static final String ENCRYPTED = "--encrypted";
    private static final String NOT_ENCRYPTED = "--no-encrypted";
    private static final String KEY = "--kms-key-id";
    private static final String COPY_TAGS = "--copy-image-tags";
    private static final String COMPLETION = "--completion-minutes";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "copy",
                                "Copies an image into this store, from here or from another region."
                                        + " Only what is not here is brought. Prints the id of the"
                                        + " copy. Deregistering it before it is available cancels"
                                        + " the copy.",
                                "quarry copy ami-0123456789abcdef0 --source-region south --name"
                                        + " web-2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The image: ami-….").build())
                        .addOption(
                                Specs.option("NAME", NAME)
                                        .required(true)
                                        .description("Name of the copy.")
                                        .build())
                        .addOption(
                                Specs.option("REGION", REGION)
                                        .description("Where the image is; see regions.")
                                        .build())
                        .addOption(
                                Specs.option("TEXT", DESCRIPTION)
                                        .description("Description, instead of the image's.")
                                        .build())
                        .addOption(
                                Specs.option("TOKEN", TOKEN)
                                        .description(
                                                "Asking again with the same token goes on with the"
                                                        + " same copy.")
                                        .build())
                        .addOption(
                                Specs.flag(ENCRYPTED)
                                        .description(
                                                "Record the copy as encrypted. Keys are names here:"
                                                        + " nothing is enciphered.")
                                        .build())
                        .addOption(
                                Specs.flag(NOT_ENCRYPTED)
                                        .description("Say that it is not; refused if it is.")
                                        .build())
                        .addOption(
                                Specs.option("KEY", KEY)
                                        .description("With --encrypted: the key's name.")
                                        .build())
                        .addOption(
                                Specs.flag(COPY_TAGS)
                                        .description("The tags of your own image go over.")
                                        .build())
                        .addOption(
                                Specs.option("N", COMPLETION)
                                        .description(
                                                "By when the copy is wanted, in steps of 15"
                                                        + " minutes; checked, and nothing more.")
                                        .build());
        TagOptions.addTo(spec);
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        CopyImageRequest request =
                CopyImageRequest.of(invocation.argument(0), invocation.value(NAME, ""))
                        .withSourceRegion(invocation.value(REGION))
                        .withDescription(invocation.value(DESCRIPTION))
                        .withClientToken(invocation.value(TOKEN))
                        .withEncryption(
                                new CopyRules.Encrypting(
                                        encrypted(invocation), invocation.value(KEY)))
                        .withTags(
                                invocation.has(COPY_TAGS)
                                        ? CopyImageRequest.SourceTags.COPY
                                        : CopyImageRequest.SourceTags.LEAVE,
                                TagOptions.tags(invocation))
                        .withCompletionMinutes(minutes(invocation.value(COMPLETION)));
        try (Quarry quarry = Stores.open(invocation)) {
            MachineImage image =
                    quarry.copyImage(request, invocation.progress("copy"), invocation.cancel());
            if (invocation.json()) {
                invocation.print(Map.of("ImageId", image.id()));
            } else {
                invocation.print(image.id());
            }
        }
        return DONE;
    }

    private static @Nullable Boolean encrypted(Invocation invocation) {
        boolean yes = invocation.has(ENCRYPTED);
        if (yes && invocation.has(NOT_ENCRYPTED)) {
            throw new UsageException(ENCRYPTED + " and " + NOT_ENCRYPTED + " exclude one another");
        }
        if (yes) {
            return Boolean.valueOf(invocation.value(ENCRYPTED, "true"));
        }
        return invocation.has(NOT_ENCRYPTED) ? Boolean.FALSE : null;
    }

    private static @Nullable Integer minutes(@Nullable String text) {
        try {
            return text == null ? null : Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw new UsageException("--completion-minutes takes a number, not '" + text + "'");
        }
    }
}
