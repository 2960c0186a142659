package io.skald.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.text.ParseException;
import java.util.concurrent.Callable;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/** Writes what a round did to files: a flight recording, and what the server says it executed. */
final class Profile {
  private static final String RESET =
      """
      create extension if not exists pg_stat_statements;
      select pg_stat_statements_reset();
      """;

  private static final String STATEMENTS =
      """
      select format('%s calls, %s plans, %s us planning, %s us executing each: %s',
        calls, plans, round((1000 * total_plan_time / greatest(calls, 1))::numeric, 1),
        round((1000 * mean_exec_time)::numeric, 1),
        left(regexp_replace(query, '\\s+', ' ', 'g'), 160))
      from pg_stat_statements
      order by total_plan_time + total_exec_time desc
      limit 20
      """;

  private final Path directory;
  private final Server server;

  /**
   * A profile.
   *
   * @param directory where the files go
   * @param server the server, started with the extension
   */
  Profile(Path directory, Server server) {
    this.directory = directory;
    this.server = server;
  }

  /** Runs {@code round} and writes {@code name.jfr} and {@code name.txt}. */
  <T> T of(String name, Callable<T> round) throws Exception {
    server.execute(RESET);
    try (Recording recording = recording()) {
      recording.start();
      T result = round.call();
      recording.stop();
      Files.createDirectories(directory);
      recording.dump(directory.resolve(name + ".jfr"));
      Files.writeString(directory.resolve(name + ".txt"), statements());
      return result;
    }
  }

  private static Recording recording() throws IOException, ParseException {
    var recording = new Recording(Configuration.getConfiguration("profile"));
    // samples by processor time, where the platform has it (Linux, Java 25); unknown to others
    recording.enable("jdk.CPUTimeSample").with("throttle", "500/s");
    return recording;
  }

  private String statements() throws SQLException {
    var text = new StringBuilder();
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(STATEMENTS)) {
      while (rows.next()) {
        text.append(rows.getString(1)).append('\n');
      }
    }
    return text.toString();
  }
}
