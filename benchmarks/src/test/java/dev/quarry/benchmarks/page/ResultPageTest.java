package dev.quarry.benchmarks.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.benchmarks.compare.Series;
import dev.quarry.benchmarks.history.History;
import dev.quarry.benchmarks.history.Run;

import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

import java.io.StringReader;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

final class ResultPageTest {

    private static Run run(String commit, double own) {
        return new Run(
                "main-job",
                commit,
                "2026-01-01T00:00:00Z",
                "a <processor>",
                2,
                List.of(
                        new Run.Job(
                                "import of 3",
                                List.of(
                                        new Run.Result("quarry", new Series(own), 1, 0, 50e6),
                                        new Run.Result("peer", new Series(4), 1, 0, 100e6)),
                                List.of(new Run.Floor("wall <= 0.50 x of peer", own <= 2)))),
                List.of(new Run.Figure("chunk.CodecBenchmark.encode", 10, 0.9, 4e8, 0.01, 16)),
                List.of(
                        new Run.Curve(
                                "Time over the disk's size",
                                "disk MiB",
                                "s",
                                List.of(
                                        new Run.Line(
                                                "import",
                                                new double[] {1, 1024, 1 << 20},
                                                new double[] {0.1, 0.2, 0.3})))));
    }

    @Test
    void everyDrawingIsWellFormedAndNothingIsLoaded() throws Exception {
        String page = ResultPage.of(new History(List.of(run("aaaaaaaaa", 3), run("bbbbbbbbb", 1))));
        int drawings = 0;
        for (int at = page.indexOf("<svg"); at >= 0; at = page.indexOf("<svg", at + 1)) {
            String svg = page.substring(at, page.indexOf("</svg>", at) + 6);
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(svg)));
            drawings++;
        }
        assertEquals(5, drawings, "times, sizes, limits, curve, over commits");
        assertFalse(page.contains("http"), "it would load something");
        assertFalse(page.contains("<processor>"), "a text became markup");
    }

    @Test
    void figuresRatiosAndFloorsAreThere() {
        String page = ResultPage.of(new History(List.of(run("aaaaaaaaa", 3), run("bbbbbbbbb", 1))));
        assertTrue(page.contains("4.00 s (0.25\u00d7 of it)"), page);
        assertTrue(page.contains("100 MB (0.50\u00d7 of it)"), page);
        assertTrue(page.contains("<li class=\"kept\">wall &lt;= 0.50 x of peer"), page);
        assertTrue(page.contains("import of 3 / peer over commits"), page);
        assertTrue(page.contains("1 Ti"), page);
    }

    @Test
    void anAxisEndsAtARoundNumber() {
        assertEquals(5, LineChart.niceTop(2.6));
        assertEquals(250, LineChart.niceTop(201));
        assertEquals(0.1, LineChart.niceTop(0.1), 1e-12);
    }
}
