package io.skald.saga.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The committed pictures are rewritten with {@code -Dpictures=write}. */
class SagaDiagramTest {
  private static final Path PICTURES =
      Path.of("src", "test", "resources", "io", "skald", "saga", "diagram");

  static Stream<SagaDefinition<String, Done>> definitions() {
    return Stream.of(
        Definitions.plain(),
        Definitions.single(),
        Definitions.withoutPivot(),
        Definitions.locking(),
        Definitions.refusing(),
        Definitions.farReaching(),
        Definitions.odd(),
        Definitions.rich());
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void mermaidIsTheCommittedOne(SagaDefinition<String, Done> definition) throws IOException {
    assertCommitted(definition.name() + ".mmd", SagaDiagram.of(definition).mermaid());
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void svgIsTheCommittedOne(SagaDefinition<String, Done> definition) throws IOException {
    assertCommitted(definition.name() + ".svg", SagaDiagram.of(definition).svg());
  }

  private static void assertCommitted(String name, String text) throws IOException {
    Path file = PICTURES.resolve(name);
    if (System.getProperty("pictures", "").equals("write")) {
      Files.createDirectories(PICTURES);
      Files.writeString(file, text);
    }
    assertThat(text)
        .as("%s; rewritten with -Dpictures=write", file)
        .isEqualTo(Files.readString(file));
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void svgIsWellFormedAndNamesEveryStep(SagaDefinition<String, Done> definition) throws Exception {
    Document document = parsed(SagaDiagram.of(definition).svg());

    assertThat(document.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("Saga " + definition.name());
    String texts = String.join("", texts(document));
    assertThat(definition.allSteps()).allSatisfy(step -> assertThat(texts).contains(step.name()));
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void everythingDrawnLiesOnThePaper(SagaDefinition<String, Done> definition) throws Exception {
    Document document = parsed(SagaDiagram.of(definition).svg());
    int width = number(document.getDocumentElement(), "width");
    int height = number(document.getDocumentElement(), "height");
    NodeList rects = document.getElementsByTagName("rect");

    assertThat(IntStream.range(0, rects.getLength()).mapToObj(at -> (Element) rects.item(at)))
        .allSatisfy(
            rect -> {
              assertThat(number(rect, "x") + number(rect, "width")).isBetween(0, width);
              assertThat(number(rect, "y") + number(rect, "height")).isBetween(0, height);
            });
  }

  @Test
  void oneDefinitionMadeTwiceIsDrawnAlike() {
    assertThat(SagaDiagram.of(Definitions.rich()).svg())
        .isEqualTo(SagaDiagram.of(Definitions.rich()).svg());
    assertThat(SagaDiagram.of(Definitions.rich()).mermaid())
        .isEqualTo(SagaDiagram.of(Definitions.rich()).mermaid());
  }

  @Test
  void aStepMoreLeavesTheOtherLinesAlone() {
    var one = Saga.define("one", String.class).step(Definitions.compensated("a"));
    List<String> before = SagaDiagram.of(one.build()).mermaid().lines().toList();
    List<String> after =
        SagaDiagram.of(one.step(Definitions.compensated("b")).build()).mermaid().lines().toList();

    assertThat(before.stream().filter(line -> !after.contains(line)))
        .containsExactly("  s.a --> completed", "  s.a -. cannot go on .-> c.a");
  }

  @Test
  void mermaidHasOneNodeForEachNameHoweverAlikeTheyAre() {
    String text =
        SagaDiagram.of(
                Saga.define("alike", String.class)
                    .step(Definitions.compensated("a-b"))
                    .step(Definitions.compensated("a--b"))
                    .step(Definitions.compensated("a_b"))
                    .step(Definitions.compensated("a.b"))
                    .step(Definitions.compensated("a-"))
                    .build())
            .mermaid();

    assertThat(text.lines().filter(line -> line.contains("[\"")).map(line -> line.split("\\[")[0]))
        .doesNotHaveDuplicates()
        .noneMatch(id -> id.contains("--") || id.endsWith("-"));
  }

  @Test
  void textIsEscaped() {
    assertThat(Words.escaped("<a href=\"x\">&</a>"))
        .isEqualTo("&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
  }

  @Test
  void durationsAreSaidWithAllTheirUnits() {
    assertThat(Words.of(Duration.ofDays(1).plusHours(6))).isEqualTo("1 d 6 h");
    assertThat(Words.of(Duration.ofMillis(61_005))).isEqualTo("1 min 1 s 5 ms");
    assertThat(Words.of(Duration.ofNanos(5))).isEqualTo("less than 1 ms");
  }

  @Test
  void linesBreakBehindSeparatorsAndLoseNothing() {
    assertThat(Words.lines("reserve-stock-in-all-houses", 16))
        .containsExactly("reserve-stock-", "in-all-houses");
    assertThat(Words.lines("a".repeat(20), 16)).containsExactly("a".repeat(16), "aaaa");
  }

  @Test
  void whatIsNestedDeepIsDrawnAsWell() throws Exception {
    var inner = Step.parallel("level-5", Definitions.compensated("core"));
    for (int level = 4; level > 0; level--) {
      inner = Step.parallel("level-" + level, inner, Definitions.compensated("beside-" + level));
    }
    String svg = SagaDiagram.of(Saga.define("deep", String.class).step(inner).build()).svg();

    assertThat(texts(parsed(svg))).contains("core", "beside-4", "level-5");
  }

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static List<String> texts(Document document) {
    var texts = new ArrayList<String>();
    NodeList nodes = document.getElementsByTagName("text");
    for (int at = 0; at < nodes.getLength(); at++) {
      texts.add(nodes.item(at).getTextContent());
    }
    return texts;
  }

  private static int number(Element element, String attribute) {
    return Integer.parseInt(element.getAttribute(attribute));
  }
}
