package io.skald.testkit.simulation;

import io.skald.testkit.InMemorySagaStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Something whose state before and after a run is compared.
 *
 * @param name what it is called
 * @param state reads its state
 */
record Watch(String name, Function<InMemorySagaStore, ?> state) {

  /** What is there now, as text by key: a copy, as the state may go on changing. */
  SortedMap<String, String> read(InMemorySagaStore store) {
    Object now = state.apply(store);
    var entries = new TreeMap<String, String>();
    if (now instanceof Map<?, ?> map) {
      map.forEach((key, value) -> entries.put(String.valueOf(key), String.valueOf(value)));
    } else if (now instanceof Collection<?> all) {
      // how often each is there
      all.forEach(each -> entries.merge(String.valueOf(each), "1", Watch::oneMore));
    } else {
      entries.put("", String.valueOf(now));
    }
    return entries;
  }

  private static String oneMore(String count, String one) {
    return String.valueOf(Integer.parseInt(count) + Integer.parseInt(one));
  }

  /** What differs, a line for each key. */
  List<String> differences(Map<String, String> expected, Map<String, String> found) {
    SortedSet<String> keys = new TreeSet<>(expected.keySet());
    keys.addAll(found.keySet());
    var differences = new ArrayList<String>();
    for (String key : keys) {
      String should = said(expected.get(key));
      String is = said(found.get(key));
      if (!should.equals(is)) {
        String what = key.isEmpty() ? name : name + " " + key;
        differences.add("%s: %s (expected: %s)".formatted(what, is, should));
      }
    }
    return differences;
  }

  private static String said(@Nullable String value) {
    return value == null ? "not there" : value;
  }
}
