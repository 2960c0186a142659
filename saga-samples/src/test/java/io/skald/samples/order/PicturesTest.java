package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.FailureMatrix;
import io.skald.saga.SagaDefinition;
import io.skald.saga.diagram.SagaDiagram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pictures and tables in docs are those of the sample as it is. */
class PicturesTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final String REWRITE =
      "%s differs. Run: ./mvnw -pl saga-samples -am test -Dtest=PicturesTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dpictures=write";

  private static final Participants PARTICIPANTS =
      Participants.at("http://inventory.invalid", "http://payments.invalid");
  private static final PlaceOrderSaga WHOLE = new PlaceOrderSaga(new OrderTable(), PARTICIPANTS);
  private static final InsureOrderSaga INSURANCE =
      new InsureOrderSaga(new PolicyTable(), PARTICIPANTS);
  private static final ShipInPartsSaga IN_PARTS =
      new ShipInPartsSaga(
          new OrderTable(), new ApprovalTable(), PARTICIPANTS, WHOLE, INSURANCE.definition());

  static List<SagaDefinition<?, ?>> sagas() {
    return List.of(WHOLE.definition(), IN_PARTS.definition());
  }

  @ParameterizedTest
  @MethodSource("sagas")
  void theSvgIsThatOfTheSample(SagaDefinition<?, ?> saga) throws IOException {
    assertCommitted(Path.of("pictures", saga.name() + ".svg"), SagaDiagram.of(saga).svg());
  }

  @ParameterizedTest
  @MethodSource("sagas")
  void theFlowchartIsThatOfTheSample(SagaDefinition<?, ?> saga) throws IOException {
    String fenced = "```mermaid\n" + SagaDiagram.of(saga).mermaid() + "```\n";

    assertCommitted("concepts.md", "flowchart of " + saga.name(), fenced);
  }

  @ParameterizedTest
  @MethodSource("sagas")
  void theFailureMatrixIsThatOfTheSample(SagaDefinition<?, ?> saga) throws IOException {
    String matrix = FailureMatrix.of(saga).markdown();

    assertCommitted("concepts.md", "failure matrix of " + saga.name(), matrix);
  }

  /** A part of a document, between two comments. */
  private static void assertCommitted(String document, String part, String text)
      throws IOException {
    String committed = Files.readString(DOCS.resolve(document));
    String begin = "<!-- generated: " + part + " -->\n";
    String end = "<!-- end of the " + part + " -->\n";
    assertThat(committed).as(document).containsOnlyOnce(begin).containsOnlyOnce(end);
    String head = committed.substring(0, committed.indexOf(begin) + begin.length());
    String tail = committed.substring(committed.indexOf(end));

    assertCommitted(Path.of(document), head + "\n" + text + "\n" + tail);
  }

  private static void assertCommitted(Path name, String text) throws IOException {
    Path file = DOCS.resolve(name);
    if (System.getProperty("pictures", "").equals("write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
    assertThat(text).as(REWRITE, name).isEqualTo(Files.readString(file));
  }
}
