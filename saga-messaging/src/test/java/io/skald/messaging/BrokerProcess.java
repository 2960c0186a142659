package io.skald.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A server of the machine's own packages, as a child process on the loopback address. */
public final class BrokerProcess {
  public static final String LOOPBACK = "127.0.0.1";

  /** Where Debian has servers that are not on everybody's path. */
  private static final List<String> PLACES = List.of("/usr/lib/rabbitmq/bin", "/usr/sbin");

  private final Process process;

  private BrokerProcess(Process process) {
    this.process = process;
  }

  /** Where a command is; empty if it is not installed. */
  private static Optional<Path> find(String command) {
    // the wrapper of RabbitMQ's that is on the path needs to be root
    return Stream.concat(
            PLACES.stream(), Stream.of(System.getenv("PATH").split(File.pathSeparator)))
        .map(place -> Path.of(place, command))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Skips the test where a server is not installed; fails it where CI runs, which installs it. */
  public static void assumeInstalled(String command) {
    boolean isInstalled = find(command).isPresent();
    String reason = command + " missing: install it (Debian: apt-get install " + command + ")";
    if (System.getenv("CI") != null) {
      assertThat(isInstalled).as("what CI has to install: %s", command).isTrue();
    }
    if (!isInstalled) {
      // the reason of a skipped test stands in its report alone
      System.out.println("not tested; " + reason);
    }
    assumeTrue(isInstalled, reason);
  }

  /** A port that is free at this moment. */
  public static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a command; what it says goes to {@code output} in the folder. */
  public static BrokerProcess start(
      Path folder, Map<String, String> environment, List<String> command) {
    List<String> whole =
        Stream.concat(
                Stream.of(find(command.getFirst()).orElseThrow().toString()),
                command.stream().skip(1))
            .toList();
    var builder =
        new ProcessBuilder(whole)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output").toFile()));
    builder.environment().putAll(environment);
    try {
      var broker = new BrokerProcess(builder.start());
      // the test's JVM may be ended in the middle of a test
      Runtime.getRuntime().addShutdownHook(new Thread(broker::kill));
      return broker;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it takes connections. */
  public BrokerProcess awaitPort(int port) {
    Awaitility.await("it listens on " + port)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !process.isAlive() || isListening(port));
    assertThat(process.isAlive()).as("it runs").isTrue();
    return this;
  }

  private static boolean isListening(int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(LOOPBACK, port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Runs a command of the same server to its end. */
  public static void run(Path folder, Map<String, String> environment, List<String> command)
      throws InterruptedException {
    assertThat(start(folder, environment, command).process.waitFor()).as("%s", command).isZero();
  }

  /** Ends it, and whatever it started, as a crash would. */
  public void kill() {
    List<ProcessHandle> family =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    family.forEach(ProcessHandle::destroyForcibly);
    family.forEach(member -> member.onExit().join());
  }
}
