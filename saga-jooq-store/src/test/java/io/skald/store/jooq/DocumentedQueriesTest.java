package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What docs/schema.md says of the queries it shows, on tables in which most sagas have ended. */
class DocumentedQueriesTest {
  private static final Path PAGE = Path.of("..", "docs", "schema.md");
  private static final Pattern SECTION = Pattern.compile("(?s)\n## What to query\n(.*?)\n## ");
  private static final Pattern BLOCK = Pattern.compile("(?s)```sql\n(.*?)```");
  private static final Pattern QUERY = Pattern.compile("(?s)((?:-- [^\n]*\n)+)(.*?);\n");
  private static final Pattern INDEX = Pattern.compile("\\bsaga_(?:\\w+_)?(?:idx|pkey)\\b");

  private static final TestDatabase DATABASE = TestDatabase.migrated();

  /** A query and the comment above it. */
  record Query(String says, String sql) {
    boolean readsAll() {
      return says.contains("reads all of saga");
    }

    List<String> indexes() {
      List<String> indexes = INDEX.matcher(says).results().map(MatchResult::group).toList();
      assertThat(indexes).as(says).isNotEmpty();
      return indexes;
    }

    @Override
    public String toString() {
      return says;
    }
  }

  /** One of each that is asked for, among many that are not: ended, asleep, or run by a node. */
  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
    DATABASE.execute(
        """
        insert into %s.saga_node (id, name, definitions, lease, expires_at)
        values (gen_random_uuid(), 'node', '{}', '1 day', clock_timestamp() + interval '1 day')
        """);
    String node = "(select id from %s.saga_node)";
    insert(20_000, "'asleep-' || n, 'RUNNING', null, clock_timestamp() + interval '1 day', 0");
    insert(5_000, "'run-' || n, 'RUNNING', " + node + ", null, 0");
    insert(1, "'order-4711', 'STUCK', null, null, 0");
    insert(1, "'late', 'RUNNING', null, clock_timestamp() - interval '2 minutes', 0");
    insert(1, "'suspect', 'RUNNING', " + node + ", null, 1");
    DATABASE.execute(
        """
        update %s.saga
        set attributes = jsonb_build_object('customer', 'c-17')
        where business_key = 'order-4711'
        """);
    DATABASE.execute(
        """
        insert into %s.saga_log (saga_id, path, direction, step_name, seq, status, attempt,
          attempt_base, epoch)
        select id, 'pay', 'ACTION', 'pay', 1, 'FAILED', 1, 0, 0
        from %s.saga
        where status = 'STUCK'
        """);
    DATABASE.execute(
        """
        update %s.saga_signal
        set consumed_at = sent_at
        where consumed_at is null and business_key not like '%7'
        """);
    DATABASE.execute("vacuum analyze %s.saga");
    DATABASE.execute("vacuum analyze %s.saga_signal");
  }

  private static void insert(int count, String values) {
    DATABASE.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, input, input_digest,
          business_key, status, owner, wake_at, crash_count)
        select gen_random_uuid(), 'place-order', 1, 'f1', '{}', 'd',\
        """
            + values
            + " from generate_series(1, "
            + count
            + ") n");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  static Stream<Query> queries() throws IOException {
    Matcher section = SECTION.matcher(Files.readString(PAGE));
    assertThat(section.find()).isTrue();
    List<Query> queries =
        BLOCK
            .matcher(section.group(1))
            .results()
            .flatMap(block -> QUERY.matcher(block.group(1)).results())
            .map(query -> new Query(query.group(1).strip(), query.group(2)))
            .toList();
    assertThat(queries).hasSize(section.group(1).split(";\n", -1).length - 1).hasSizeGreaterThan(5);
    return queries.stream();
  }

  @ParameterizedTest
  @MethodSource("queries")
  void looksUpInTheIndexItNamesUnlessItSaysThatItReadsAll(Query query) throws SQLException {
    String plan = plan(query);
    if (query.readsAll()) {
      assertThat(plan).contains("Seq Scan on saga");
    } else {
      List<String> nodes = List.of(plan.split("->"));
      StorePlans.assertNoneReadsAll(nodes);
      assertThat(nodes)
          .filteredOn(node -> INDEX.matcher(node).find())
          .allSatisfy(node -> assertThat(node).contains("Index Cond"));
      assertThat(plan).contains(query.indexes());
    }
  }

  @ParameterizedTest
  @MethodSource("queries")
  void findsWhatIsAskedFor(Query query) throws SQLException {
    assertThat(rows(query.sql())).isNotEmpty();
  }

  private static String plan(Query query) throws SQLException {
    return String.join("\n", rows("explain (costs off) " + query.sql()));
  }

  /** The first column of what a query of the default schema finds in that of the test. */
  private static List<String> rows(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = DATABASE.pool().getConnection();
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql.replace("skald.", DATABASE.schema() + "."))) {
      while (found.next()) {
        rows.add(found.getString(1));
      }
    }
    return rows;
  }
}
