package dev.quarry.image;

import dev.quarry.image.ImageException.Kind;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * XML that others wrote, and that is not trusted. A document type is refused: its entities read
 * files of the host, or grow without end. The JDK's parser gets characters and no bytes, and no
 * document type at all: it writes to the standard error what it does not like in either.
 */
public final class ForeignXml {

    /** An XML declaration is so near to the beginning. */
    private static final int DECLARATION_CHARS_MAX = 256;

    private static final Pattern ENCODING =
            Pattern.compile("<\\?xml\\s[^>]*?encoding\\s*=\\s*[\"']([A-Za-z0-9._-]{1,40})[\"']");

    private static final String DOCUMENT_TYPE = "<!DOCTYPE";
    private static final char BYTE_ORDER_MARK = '\ufeff';

    private ForeignXml() {}

    /**
     * Begins to parse.
     *
     * @param xml a whole document, of a size that its reader bounded
     * @param what it is, with its article, for messages
     * @param resource ends messages
     * @throws ImageException of kind CORRUPT if it is no text in its encoding or has a document
     *     type
     * @throws XMLStreamException if it does not begin as XML
     */
    public static XMLStreamReader reader(byte[] xml, String what, String resource)
            throws ImageException, XMLStreamException {
        String text = decode(xml, what, resource);
        if (hasDocumentType(text)) {
            throw new ImageException(
                    Kind.CORRUPT, resource, -1, what + " has a document type, which is not read");
        }
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory.createXMLStreamReader(new StringReader(text));
    }

    private static String decode(byte[] xml, String what, String resource) throws ImageException {
        try {
            String text = charset(xml).newDecoder().decode(ByteBuffer.wrap(xml)).toString();
            return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
        } catch (CharacterCodingException
                | IllegalCharsetNameException
                | UnsupportedCharsetException e) {
            throw new ImageException(
                    Kind.CORRUPT, resource, -1, what + " is no text in the encoding it states", e);
        }
    }

    /** By its byte order mark, or as it says; UTF-8 if it says nothing. */
    private static Charset charset(byte[] xml) {
        boolean big = xml.length >= 2 && xml[0] == (byte) 0xfe && xml[1] == (byte) 0xff;
        boolean little = xml.length >= 2 && xml[0] == (byte) 0xff && xml[1] == (byte) 0xfe;
        if (big || little) {
            return StandardCharsets.UTF_16;
        }
        int length = Math.min(xml.length, DECLARATION_CHARS_MAX);
        Matcher matcher = ENCODING.matcher(new String(xml, 0, length, StandardCharsets.ISO_8859_1));
        return matcher.find() ? Charset.forName(matcher.group(1)) : StandardCharsets.UTF_8;
    }

    /** Looks behind declaration, comments and instructions, before the first element. */
    private static boolean hasDocumentType(String text) {
        int at = 0;
        while (at < text.length()) {
            String end = null;
            if (text.startsWith("<!--", at)) {
                end = "-->";
            } else if (text.startsWith("<?", at)) {
                end = "?>";
            } else if (!Character.isWhitespace(text.charAt(at))) {
                return text.startsWith(DOCUMENT_TYPE, at);
            }
            int found = end == null ? at : text.indexOf(end, at + 2);
            if (found < 0) {
                return false;
            }
            at = found + (end == null ? 1 : end.length());
        }
        return false;
    }
}
