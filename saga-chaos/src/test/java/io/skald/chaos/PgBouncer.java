package io.skald.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pooler {@code pgbouncer} in transaction mode, on a port of loopback, as a process. */
final class PgBouncer implements AutoCloseable {
  /** The role it logs in as, so that its sessions can be told from others. */
  static final String ROLE = "bounced";

  private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+)");

  private final Process process;
  private final int port;
  private final Path log;

  private PgBouncer(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /** Where the program is, if it is installed; {@code -Dskald.pgbouncer=…} names another one. */
  static Optional<Path> program() {
    return Stream.of(
            System.getProperty("skald.pgbouncer", ""),
            "/usr/sbin/pgbouncer",
            "/usr/bin/pgbouncer",
            "/usr/local/bin/pgbouncer")
        .filter(name -> !name.isEmpty())
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Whether it keeps prepared statements apart: from 1.21 on. */
  static boolean knowsPreparedStatements() throws IOException, InterruptedException {
    Process asked = new ProcessBuilder(program().orElseThrow().toString(), "--version").start();
    String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    asked.waitFor();
    Matcher version = VERSION.matcher(said);
    return version.find()
        && (Integer.parseInt(version.group(1)) > 1 || Integer.parseInt(version.group(2)) >= 21);
  }

  /**
   * Starts one in front of a server.
   *
   * @param folder where its configuration and log go
   * @param serverPort where the server is
   * @param sessions how many of the server's it has for each database
   * @param settings more lines of its configuration
   */
  static PgBouncer start(Path folder, int serverPort, int sessions, List<String> settings)
      throws IOException, InterruptedException {
    int port = freePort();
    Path log = folder.resolve("pgbouncer.log");
    var lines =
        new ArrayList<>(
            List.of(
                "[databases]",
                "* = host=127.0.0.1 port=%d user=%s".formatted(serverPort, ROLE),
                "[pgbouncer]",
                "listen_addr = 127.0.0.1",
                "listen_port = " + port,
                "unix_socket_dir =",
                "auth_type = any",
                "pool_mode = transaction",
                "default_pool_size = " + sessions,
                "ignore_startup_parameters = extra_float_digits"));
    lines.addAll(settings);
    Path configuration = folder.resolve("pgbouncer.ini");
    Files.write(configuration, lines);
    var command = new ArrayList<>(List.of(program().orElseThrow().toString()));
    if (System.getProperty("user.name").equals("root")) {
      // it refuses to run as root
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      command.addAll(List.of("-u", "nobody"));
    }
    command.add(configuration.toString());
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    var bouncer = new PgBouncer(process, port, log);
    bouncer.awaitAnswer();
    return bouncer;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitAnswer() {
    WireScene.await(
        "pgbouncer answers",
        () -> {
          if (!process.isAlive()) {
            throw new IllegalStateException("pgbouncer: " + Files.readString(log));
          }
          try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    var unused = process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }
}
