package dev.quarry.cli.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class PlainTextTest {

    /** What qemu-img 7.2 prints for these sizes. */
    @Test
    void sizesAreThoseOfQemuImg() {
        assertEquals("0 B", PlainText.size(0));
        assertEquals("512 B", PlainText.size(512));
        assertEquals("999 B", PlainText.size(999));
        assertEquals("0.977 KiB", PlainText.size(1000));
        assertEquals("1 KiB", PlainText.size(1024));
        assertEquals("196 KiB", PlainText.size(196 << 10));
        assertEquals("1.5 MiB", PlainText.size(3 << 19));
        assertEquals("0.98 MiB", PlainText.size(1_027_604));
        assertEquals("10 GiB", PlainText.size(10L << 30));
        assertEquals("1.95 GiB", PlainText.size(2_093_796_557));
        assertEquals("8 EiB", PlainText.size(Long.MAX_VALUE));
    }

    @Test
    void numbersHaveThreeDigits() {
        assertEquals("1.23", PlainText.significant(1.2345));
        assertEquals("12.3", PlainText.significant(12.345));
        assertEquals("123", PlainText.significant(123.45));
        assertEquals("1.05", PlainText.significant(1.049));
        assertEquals("0.1", PlainText.fixed(0.05, 1, false));
        assertEquals("7.0", PlainText.fixed(7, 1, false));
    }

    @Test
    void durationsAreThoseOfAClock() {
        assertEquals("0:00", PlainText.duration(0));
        assertEquals("0:07", PlainText.duration(7));
        assertEquals("12:30", PlainText.duration(750));
        assertEquals("1:02:03", PlainText.duration(3723));
    }

    @Test
    void textDoesNothingToATerminal() {
        assertEquals("plain", PlainText.line("plain"));
        assertEquals("red\\x1b[31m\\x0abell\\x07", PlainText.line("red\u001b[31m\nbell\u0007"));
        assertEquals("ü\\x9bü", PlainText.line("ü\u009bü"));
    }
}
