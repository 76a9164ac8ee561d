package dev.quarry.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines of cells in columns as wide as their widest cell; what looks like a number stands right.
 */
public final class TextTable {

    private static final String GAP = "  ";

    private final List<String[]> lines = new ArrayList<>();

    /**
     * @param heads of the columns
     */
    public TextTable(String... heads) {
        lines.add(heads.clone());
    }

    /**
     * Adds a line.
     *
     * @param cells as many as there are heads
     */
    public void add(String... cells) {
        if (cells.length != lines.getFirst().length) {
            throw new IllegalArgumentException(
                    cells.length + " cells under " + lines.getFirst().length + " heads");
        }
        lines.add(cells.clone());
    }

    @Override
    public String toString() {
        int columns = lines.getFirst().length;
        int[] widths = new int[columns];
        boolean[] right = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            right[column] = isNumeric(column);
            for (String[] line : lines) {
                widths[column] = Math.max(widths[column], line[column].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] line : lines) {
            StringBuilder row = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String fill = " ".repeat(widths[column] - line[column].length());
                row.append(column == 0 ? "" : GAP)
                        .append(right[column] ? fill + line[column] : line[column] + fill);
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** Whether all cells of a column but the head are numbers or empty, and one is not empty. */
    private boolean isNumeric(int column) {
        boolean any = false;
        for (String[] line : lines.subList(1, lines.size())) {
            String cell = line[column];
            if (!cell.isEmpty()) {
                if (!cell.matches("[0-9.,% -]+")) {
                    return false;
                }
                any = true;
            }
        }
        return any;
    }
}
