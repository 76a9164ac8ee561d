package dev.quarry.catalog.mapping;

import static dev.quarry.catalog.Refusals.refuses;
import static dev.quarry.catalog.model.ErrorCode.INVALID_BLOCK_DEVICE_MAPPING;
import static dev.quarry.catalog.model.VirtualizationType.HVM;
import static dev.quarry.catalog.model.VirtualizationType.PARAVIRTUAL;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.model.CatalogException;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class DeviceNamesTest {

    @Test
    @Covers("4.3.1")
    void hvmNames() throws CatalogException {
        for (String name :
                List.of(
                        "/dev/sda",
                        "/dev/sdz",
                        "/dev/sda1",
                        "/dev/sda2",
                        "/dev/xvda",
                        "/dev/xvdba",
                        "/dev/xvdcz")) {
            DeviceNames.check(name, HVM);
        }
        for (String name :
                List.of(
                        "",
                        "sda",
                        "/dev/sdb1",
                        "/dev/sda3",
                        "/dev/sda10",
                        "/dev/hda",
                        "/dev/xvdf",
                        "/dev/xvdda",
                        "/dev/SDA",
                        "/dev/sdA",
                        "/dev/sdaa",
                        "/dev/../sda",
                        "/dev/sda\n",
                        "/dev/vda",
                        "/dev/sd",
                        "/etc/passwd",
                        "/dev/sda/")) {
            refuses(
                    INVALID_BLOCK_DEVICE_MAPPING,
                    "device name '",
                    () -> DeviceNames.check(name, HVM));
        }
    }

    @Test
    @Covers("4.3.2")
    void paravirtualNames() throws CatalogException {
        for (String name :
                List.of("/dev/sda", "/dev/sda1", "/dev/sdb15", "/dev/hda", "/dev/hdz9")) {
            DeviceNames.check(name, PARAVIRTUAL);
        }
        for (String name :
                List.of("/dev/sda0", "/dev/sda16", "/dev/sda01", "/dev/xvda", "/dev/hd", "hda1")) {
            refuses(
                    INVALID_BLOCK_DEVICE_MAPPING,
                    "device name '",
                    () -> DeviceNames.check(name, PARAVIRTUAL));
        }
    }

    @Test
    @Covers("4.3.2")
    void paravirtualLettersAreUsedOneWay() throws CatalogException {
        DeviceNames.checkTogether(
                List.of("/dev/sda1", "/dev/sda2", "/dev/hda", "/dev/sdb"), PARAVIRTUAL);
        DeviceNames.checkTogether(List.of("/dev/sda1", "/dev/sda"), HVM);
        for (List<String> names :
                List.of(
                        List.of("/dev/sda1", "/dev/sda"),
                        List.of("/dev/sda", "/dev/sda1"),
                        List.of("/dev/hdc", "/dev/sdc1", "/dev/hdc3"),
                        List.of("/dev/sda1", "/dev/sda2", "/dev/sda"))) {
            refuses(
                    INVALID_BLOCK_DEVICE_MAPPING,
                    "with and without digits",
                    () -> DeviceNames.checkTogether(names, PARAVIRTUAL));
        }
    }

    @Test
    @Covers({"4.3.1", "4.3.2"})
    void roots() throws CatalogException {
        DeviceNames.checkRoot("/dev/sda1", HVM);
        DeviceNames.checkRoot("/dev/xvda", HVM);
        DeviceNames.checkRoot("/dev/sda1", PARAVIRTUAL);
        refuses(
                INVALID_BLOCK_DEVICE_MAPPING,
                "/dev/sda1 or /dev/xvda",
                () -> DeviceNames.checkRoot("/dev/sdb", HVM));
        refuses(
                INVALID_BLOCK_DEVICE_MAPPING,
                "paravirtual image: /dev/sda1",
                () -> DeviceNames.checkRoot("/dev/xvda", PARAVIRTUAL));
    }

    @Test
    @Covers("4.3.4")
    void theRootIsLookedUp() {
        assertEquals("/dev/xvda", DeviceNames.rootAmong(List.of("/dev/sdb", "/dev/xvda")));
        assertEquals("/dev/sda1", DeviceNames.rootAmong(List.of("/dev/xvda", "/dev/sda1")));
        assertEquals("/dev/sda1", DeviceNames.rootAmong(List.of("/dev/sdb")));
    }

    @Test
    @Covers("4.3.5")
    void metadataView() throws CatalogException {
        assertEquals(
                Map.of(
                        "ami",
                        "sda1",
                        "root",
                        "/dev/sda1",
                        "ebs1",
                        "sdf",
                        "ebs2",
                        "sdg",
                        "ephemeral0",
                        "sdb"),
                MetadataView.of(
                        "/dev/sda1",
                        Mappings.of(
                                "/dev/sdf=:1",
                                "/dev/sdb=ephemeral0",
                                "/dev/sda1=:8",
                                "/dev/sdh=none",
                                "/dev/sdg=:2")));
    }
}
