package io.skald.samples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every example of docs/language.md is a piece of {@link Language}, which compiles. */
class LanguageTest {
  private static final Path PAGE = Path.of("..", "docs", "language.md");
  private static final Path SOURCE =
      Path.of("src", "test", "java", "io", "skald", "samples", "docs", "Language.java");
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```java\n(.*?)```");

  @Test
  void everyExampleCompiles() throws IOException {
    String source = flat(Files.readString(SOURCE));
    List<String> examples =
        EXAMPLE
            .matcher(Files.readString(PAGE))
            .results()
            .map((MatchResult found) -> flat(found.group(1)))
            .toList();

    assertThat(examples).hasSizeGreaterThan(12).allSatisfy(one -> assertThat(source).contains(one));
  }

  @Test
  void theExamplesTogetherAreASaga() {
    assertThatCode(() -> new Language().all()).doesNotThrowAnyException();
  }

  private static String flat(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }
}
