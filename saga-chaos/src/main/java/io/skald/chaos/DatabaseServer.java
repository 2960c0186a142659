package io.skald.chaos;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A durable PostgreSQL server on a port and in a folder of its own, which can be brought down in
 * several ways and started again where it was. Not safe for use by several threads.
 */
public final class DatabaseServer implements AutoCloseable {
  private static final String USER = "postgres";
  private static final int PATIENCE_SECONDS = 60;
  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|[^\"\\s]+");

  /** Or the server forgets what it said was committed. */
  private static final Map<String, String> DURABLE =
      Map.of("fsync", "on", "synchronous_commit", "on", "full_page_writes", "on");

  private final EmbeddedPostgres postgres;
  private final List<String> command;
  private ProcessHandle postmaster;

  private DatabaseServer(EmbeddedPostgres postgres, Path data) throws IOException {
    this.postgres = postgres;
    this.command = commandIn(data);
    this.postmaster = postmasterOf(data);
  }

  /** How a server goes down. */
  public enum Shutdown {
    /** Sessions are ended, the rest is written: {@code pg_ctl stop -m fast}. */
    FAST,
    /** All of it is dropped, and recovered at the next start: {@code pg_ctl stop -m immediate}. */
    IMMEDIATE,
    /** SIGKILL for each of its processes. */
    KILL
  }

  /** Starts a server with these settings, beside those that make it durable. */
  public static DatabaseServer start(Map<String, String> settings) throws IOException {
    var all = new LinkedHashMap<>(DURABLE);
    all.putAll(settings);
    Path data = Files.createTempDirectory("skald-chaos-");
    var builder = EmbeddedPostgres.builder().setDataDirectory(data);
    all.forEach(builder::setServerConfig);
    return new DatabaseServer(builder.start(), data);
  }

  private static ProcessHandle postmasterOf(Path data) throws IOException {
    String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst();
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }

  /** What the server in that folder was started with, as it wrote that down itself. */
  private static List<String> commandIn(Path data) throws IOException {
    var command = new ArrayList<String>();
    if (System.getProperty("user.name").equals("root")) {
      // it refuses to run as root, who is somebody else in a namespace of the process's own
      command.addAll(List.of("unshare", "-U"));
    }
    String options = Files.readString(data.resolve("postmaster.opts")).strip();
    for (Matcher word = WORD.matcher(options); word.find(); ) {
      command.add(word.group().replace("\"", ""));
    }
    return command;
  }

  /** Where the database of the superuser is. */
  public String url() {
    return postgres.getJdbcUrl(USER, USER);
  }

  /** Where it is for those who come by way of another port of loopback. */
  String urlBy(int port) {
    return url().replace(":" + port() + "/", ":" + port + "/");
  }

  /** The port, the same after each start. */
  public int port() {
    return postgres.getPort();
  }

  /**
   * Brings the server down, and returns when none of its processes is left.
   *
   * @throws TimeoutException if that takes more than a minute
   */
  public void stop(Shutdown shutdown) throws IOException, InterruptedException, TimeoutException {
    List<ProcessHandle> processes =
        Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    switch (shutdown) {
      case FAST -> Signals.send("INT", postmaster);
      case IMMEDIATE -> Signals.send("QUIT", postmaster);
      case KILL -> processes.forEach(ProcessHandle::destroyForcibly);
    }
    for (ProcessHandle process : processes) {
      try {
        process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Starts the server where it was, and returns when it answers. */
  public void startAgain() throws IOException, InterruptedException {
    postmaster =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .toHandle();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!answers()) {
      if (System.nanoTime() > end) {
        throw new IOException(
            "the server does not answer %d s after its start".formatted(PATIENCE_SECONDS));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private boolean answers() {
    try (Connection connection = DriverManager.getConnection(url())) {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  /** Stops the server and removes its data. */
  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
