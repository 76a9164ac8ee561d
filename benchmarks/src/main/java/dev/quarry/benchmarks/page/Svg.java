package dev.quarry.benchmarks.page;

import java.util.Locale;

/** Builds a drawing of SVG. Lengths are pixels of a page that is not zoomed; classes are styled. */
final class Svg {

    private final StringBuilder body = new StringBuilder();
    private final int width;
    private final int height;

    Svg(int width, int height) {
        this.width = width;
        this.height = height;
    }

    /** Where a text stands in relation to its point. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** Makes a text harmless in HTML and SVG. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    void text(String style, double x, double y, Anchor anchor, String text) {
        body.append("<text class=\"")
                .append(style)
                .append("\" x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append("\" text-anchor=\"")
                .append(anchor.name().toLowerCase(Locale.ROOT))
                .append("\">")
                .append(escape(text))
                .append("</text>");
    }

    /**
     * @param hint is shown when a mouse points there; may be empty
     */
    void rectangle(String style, double x, double y, double w, double h, String hint) {
        body.append("<rect class=\"")
                .append(style)
                .append("\" x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append("\" width=\"")
                .append(number(Math.max(w, 1)))
                .append("\" height=\"")
                .append(number(h))
                .append("\">");
        hint(hint);
        body.append("</rect>");
    }

    void line(String style, double x1, double y1, double x2, double y2) {
        body.append("<line class=\"")
                .append(style)
                .append("\" x1=\"")
                .append(number(x1))
                .append("\" y1=\"")
                .append(number(y1))
                .append("\" x2=\"")
                .append(number(x2))
                .append("\" y2=\"")
                .append(number(y2))
                .append("\"/>");
    }

    /** A line through points. */
    void path(String style, double[] xs, double[] ys) {
        body.append("<polyline class=\"").append(style).append("\" points=\"");
        for (int i = 0; i < xs.length; i++) {
            body.append(i == 0 ? "" : " ").append(number(xs[i])).append(',').append(number(ys[i]));
        }
        body.append("\"/>");
    }

    void point(String style, double x, double y, String hint) {
        body.append("<circle class=\"")
                .append(style)
                .append("\" cx=\"")
                .append(number(x))
                .append("\" cy=\"")
                .append(number(y))
                .append("\" r=\"3.5\">");
        hint(hint);
        body.append("</circle>");
    }

    private void hint(String hint) {
        if (!hint.isEmpty()) {
            body.append("<title>").append(escape(hint)).append("</title>");
        }
    }

    /**
     * @param label says what it shows to those who do not see it
     */
    String build(String label) {
        return "<svg role=\"img\" aria-label=\""
                + escape(label)
                + "\" viewBox=\"0 0 "
                + width
                + " "
                + height
                + "\" width=\""
                + width
                + "\" height=\""
                + height
                + "\">"
                + body
                + "</svg>\n";
    }
}
