package dev.quarry.cli.frame;

import java.util.ArrayList;
import java.util.List;

/** A table for people: columns as wide as their longest cell, two spaces between them. */
public final class TextTable {

    private static final String GAP = "  ";

    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] numeric;

    /**
     * @param headings of the columns; those that begin with {@code >} are set to the right
     */
    public TextTable(String... headings) {
        numeric = new boolean[headings.length];
        String[] names = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            numeric[i] = headings[i].startsWith(">");
            names[i] = numeric[i] ? headings[i].substring(1) : headings[i];
        }
        rows.add(names);
    }

    /** Adds a row with a cell for each column. */
    public void add(String... cells) {
        if (cells.length != numeric.length) {
            throw new IllegalArgumentException(
                    cells.length + " cells for " + numeric.length + " columns");
        }
        String[] row = new String[cells.length];
        for (int i = 0; i < cells.length; i++) {
            row[i] = PlainText.line(cells[i]);
        }
        rows.add(row);
    }

    /** Prints the table; nothing but the headings if there are no rows. */
    public void printTo(Invocation invocation) {
        int[] widths = new int[numeric.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], width(row[i]));
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String padding = " ".repeat(widths[i] - width(row[i]));
                line.append(i == 0 ? "" : GAP);
                if (numeric[i]) {
                    line.append(padding).append(row[i]);
                } else {
                    line.append(row[i]).append(padding);
                }
            }
            invocation.print(line.toString().stripTrailing());
        }
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
