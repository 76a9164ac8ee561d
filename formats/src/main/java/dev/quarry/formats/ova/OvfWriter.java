package dev.quarry.formats.ova;

/**
 * Writes the descriptor of an appliance with one disk: a small machine that importers take, to be
 * changed there. Its length does not depend on the numbers in it.
 */
final class OvfWriter {

    /** As many as the largest size has, so that the text's length is known beforehand. */
    private static final int NUMBER_CHARS = 19;

    private static final String TEXT =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" \
            xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" \
            xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" \
            xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" \
            xmlns:vmw="http://www.vmware.com/schema/ovf">
              <References>
                <File ovf:href="${disk}" ovf:id="file1" ${size}/>
              </References>
              <DiskSection>
                <Info>Virtual disks</Info>
                <Disk ${capacity} ovf:capacityAllocationUnits="byte" ovf:diskId="vmdisk1" ovf:fileRef="file1" \
            ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
              </DiskSection>
              <NetworkSection>
                <Info>Networks</Info>
                <Network ovf:name="VM Network">
                  <Description>The network of the virtual machine</Description>
                </Network>
              </NetworkSection>
              <VirtualSystem ovf:id="${name}">
                <Info>A virtual machine</Info>
                <Name>${name}</Name>
                <OperatingSystemSection ovf:id="102" vmw:osType="otherGuest64">
                  <Info>The guest operating system</Info>
                </OperatingSystemSection>
                <VirtualHardwareSection>
                  <Info>Virtual hardware</Info>
                  <System>
                    <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
                    <vssd:InstanceID>0</vssd:InstanceID>
                    <vssd:VirtualSystemIdentifier>${name}</vssd:VirtualSystemIdentifier>
                    <vssd:VirtualSystemType>vmx-10</vssd:VirtualSystemType>
                  </System>
                  <Item>
                    <rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits>
                    <rasd:ElementName>1 virtual processor</rasd:ElementName>
                    <rasd:InstanceID>1</rasd:InstanceID>
                    <rasd:ResourceType>3</rasd:ResourceType>
                    <rasd:VirtualQuantity>1</rasd:VirtualQuantity>
                  </Item>
                  <Item>
                    <rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
                    <rasd:ElementName>1024 MiB of memory</rasd:ElementName>
                    <rasd:InstanceID>2</rasd:InstanceID>
                    <rasd:ResourceType>4</rasd:ResourceType>
                    <rasd:VirtualQuantity>1024</rasd:VirtualQuantity>
                  </Item>
                  <Item>
                    <rasd:Address>0</rasd:Address>
                    <rasd:ElementName>SCSI controller 0</rasd:ElementName>
                    <rasd:InstanceID>3</rasd:InstanceID>
                    <rasd:ResourceSubType>lsilogic</rasd:ResourceSubType>
                    <rasd:ResourceType>6</rasd:ResourceType>
                  </Item>
                  <Item>
                    <rasd:AddressOnParent>0</rasd:AddressOnParent>
                    <rasd:ElementName>Hard disk 1</rasd:ElementName>
                    <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>
                    <rasd:InstanceID>4</rasd:InstanceID>
                    <rasd:Parent>3</rasd:Parent>
                    <rasd:ResourceType>17</rasd:ResourceType>
                  </Item>
                  <Item>
                    <rasd:AddressOnParent>7</rasd:AddressOnParent>
                    <rasd:AutomaticAllocation>true</rasd:AutomaticAllocation>
                    <rasd:Connection>VM Network</rasd:Connection>
                    <rasd:ElementName>Network adapter 1</rasd:ElementName>
                    <rasd:InstanceID>5</rasd:InstanceID>
                    <rasd:ResourceSubType>E1000</rasd:ResourceSubType>
                    <rasd:ResourceType>10</rasd:ResourceType>
                  </Item>
                </VirtualHardwareSection>
              </VirtualSystem>
            </Envelope>
            """;

    private OvfWriter() {}

    /**
     * @param name of the machine; nothing that XML would escape
     * @param diskName name of the disk's file; the same
     * @param fileBytes bytes of that file
     * @param capacity guest bytes
     */
    static String text(String name, String diskName, long fileBytes, long capacity) {
        return TEXT.replace("${disk}", diskName)
                .replace("${name}", name)
                .replace("${size}", attribute("ovf:size", fileBytes))
                .replace("${capacity}", attribute("ovf:capacity", capacity));
    }

    /** Blanks behind an attribute mean nothing. */
    private static String attribute(String name, long value) {
        String number = Long.toString(value);
        return name + "=\"" + number + "\"" + " ".repeat(NUMBER_CHARS - number.length());
    }
}
