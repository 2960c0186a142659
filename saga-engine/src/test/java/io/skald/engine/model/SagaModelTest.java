package io.skald.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The model of lease, fence and commit in doubt, which docs/model.md is about, gone through by
 * Spin: the protocol as it is, and with mistakes.
 */
@Execution(ExecutionMode.CONCURRENT)
class SagaModelTest {
  private static final Path PAGE = Path.of("..", "docs", "model.md");

  @TempDir private Path folder;

  /** What has to come about in some execution: else that nothing breaks would say nothing. */
  enum Goal {
    COMPLETED("-DLOSSES=0"),
    COMPENSATED("-DLOSSES=0"),
    LATE("-DLOSSES=1"),
    DOUBTED("-DLOSSES=0"),
    THIRD("-DNODES=3"),
    PARKED("-DWAIT=1");

    private final String setting;

    Goal(String setting) {
      this.setting = setting;
    }

    private Settings settings() {
      // no property is checked: nothing but the goal may end the search
      return Settings.least().with(List.of(setting, "-DREACHED=" + this, "-DONLY=0"));
    }
  }

  /** The reason of a skipped test stands in its report alone. */
  @BeforeAll
  static void saysWhyItIsSkipped() {
    Spin.reasonToSkip().ifPresent(reason -> System.out.println("model: not checked; " + reason));
  }

  @ParameterizedTest
  @MethodSource("protocols")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void everyExecutionKeepsThePropertiesAndEnds(Protocol protocol) throws Exception {
    Verdict verdict = check(protocol.settings(), protocol.search());

    report(protocol, verdict);
    assertThat(verdict).matches(Verdict::holds, "holds");
  }

  static Stream<Protocol> protocols() {
    boolean isLong = Boolean.getBoolean("skald.model.large");
    return Arrays.stream(Protocol.values()).filter(protocol -> isLong || protocol.isSmall());
  }

  @ParameterizedTest
  @EnumSource
  void everyMistakeIsFoundOut(Variant variant) throws Exception {
    Verdict verdict = check(variant.settings(), Search.SHORTEST);

    report(variant, verdict);
    assertThat(verdict).matches(Verdict::isBroken, "breaks " + variant.property());
  }

  @ParameterizedTest
  @EnumSource
  void whatIsCheckedComesAbout(Goal goal) throws Exception {
    Verdict verdict = check(goal.settings(), Search.SHORTEST);

    assertThat(verdict).matches(Verdict::isBroken, "comes about");
  }

  @Test
  void thePageNamesEveryMistakeAndWhatItBreaks() throws IOException {
    String page = Files.readString(PAGE);

    assertThat(Variant.values())
        .allSatisfy(
            variant ->
                assertThat(page)
                    .containsPattern(
                        "(?m)^\\| `%s` \\|.*\\| `%s` \\| \\d+ \\|$"
                            .formatted(variant, variant.property())));
  }

  private Verdict check(Settings settings, Search search) throws Exception {
    Spin.assumeInstalled();
    return new Spin(folder).check(settings, search);
  }

  private static void report(Enum<?> what, Verdict verdict) {
    System.out.printf("model %s: %s%n", what, brief(verdict));
  }

  private static String brief(Verdict verdict) {
    return verdict.isBroken()
        ? "does not hold, after %d actions; %,d states, depth %d"
            .formatted(verdict.story().size(), verdict.states(), verdict.depth())
        : verdict.toString();
  }
}
