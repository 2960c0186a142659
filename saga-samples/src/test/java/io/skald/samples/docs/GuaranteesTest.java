package io.skald.samples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A promise is worth the test it names: {@code [Test] `fact`, `fact`} on the pages that make
 * promises.
 */
class GuaranteesTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final Pattern LINK = Pattern.compile("(?m)^\\[([^]]+)]: (\\S+\\.java)$");
  private static final Pattern FACTS =
      Pattern.compile("\\[([^]\\n]+)]\\s+(`[a-z]\\w+`(?:,\\s+`[a-z]\\w+`)*)");
  private static final Pattern FACT = Pattern.compile("`(\\w+)`");

  @ParameterizedTest
  @CsvSource({
    "guarantees.md, 70",
    "security.md, 30",
    "versions.md, 6",
    "operations.md, 1",
    "schema.md, 1",
    "testing.md, 0"
  })
  void everyTestThatIsNamedExists(String page, int atLeast) throws IOException {
    String text = Files.readString(DOCS.resolve(page));
    Map<String, String> sources = sources(text);
    List<String> missing = new ArrayList<>();
    int named = 0;
    for (Matcher facts = FACTS.matcher(text); facts.find(); ) {
      String source = sources.getOrDefault(facts.group(1), "");
      for (Matcher fact = FACT.matcher(facts.group(2)); fact.find(); named++) {
        if (!source.contains(" void " + fact.group(1) + "(")) {
          missing.add(facts.group(1) + "." + fact.group(1));
        }
      }
    }

    assertThat(missing).isEmpty();
    assertThat(named).isGreaterThan(atLeast);
  }

  @Test
  void everyPromiseThatIsKeptNamesATest() throws IOException {
    String text = Files.readString(DOCS.resolve("guarantees.md"));

    assertThat(text.split("(?m)^## (?=P\\d+)", -1))
        .hasSizeGreaterThan(8)
        .filteredOn(section -> section.matches("(?s)P\\d+ .*"))
        .allSatisfy(promise -> assertThat(FACTS.matcher(promise).find()).as(promise).isTrue());
  }

  private static Map<String, String> sources(String text) throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (Matcher link = LINK.matcher(text); link.find(); ) {
      sources.put(link.group(1), Files.readString(DOCS.resolve(link.group(2))));
    }
    return sources;
  }
}
