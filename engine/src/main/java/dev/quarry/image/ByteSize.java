package dev.quarry.image;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as qemu-img's users write them: decimal bytes, or with one of the letters K, M, G, T, P and
 * E for powers of 1,024, before which there may be a fraction; or hexadecimal bytes behind {@code
 * 0x}.
 */
public final class ByteSize {

    private static final String UNITS = "BKMGTPE";
    private static final int UNIT_BITS = 10;

    private static final Pattern DECIMAL =
            Pattern.compile("([0-9]{1,19})(\\.[0-9]{1,19})?([bBkKmMgGtTpPeE]?)");

    private static final Pattern HEXADECIMAL = Pattern.compile("0[xX]([0-9a-fA-F]{1,16})");

    private ByteSize() {}

    /**
     * Reads a size.
     *
     * @return bytes, or -1 if it is none, or more than a {@code long} holds
     */
    public static long parse(String text) {
        try {
            Matcher hexadecimal = HEXADECIMAL.matcher(text);
            if (hexadecimal.matches()) {
                return Math.max(-1, Long.parseLong(hexadecimal.group(1), 16));
            }
            Matcher decimal = DECIMAL.matcher(text);
            if (!decimal.matches()) {
                return -1;
            }
            String unit = decimal.group(3);
            int shift =
                    unit.isEmpty()
                            ? 0
                            : UNIT_BITS * UNITS.indexOf(Character.toUpperCase(unit.charAt(0)));
            return decimal.group(2) == null
                    ? shifted(Long.parseLong(decimal.group(1)), shift)
                    : fraction(decimal.group(1) + decimal.group(2), shift);
        } catch (ArithmeticException | NumberFormatException e) {
            return -1;
        }
    }

    private static long shifted(long number, int shift) {
        return number <= Long.MAX_VALUE >> shift ? number << shift : -1;
    }

    /** A fraction of a byte is none; one of a unit is rounded to bytes. */
    private static long fraction(String number, int shift) {
        return new BigDecimal(number)
                .multiply(BigDecimal.valueOf(1L << shift))
                .setScale(0, shift == 0 ? RoundingMode.UNNECESSARY : RoundingMode.HALF_UP)
                .longValueExact();
    }
}
