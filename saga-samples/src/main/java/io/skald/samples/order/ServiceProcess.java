package io.skald.samples.order;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One of the services as a process of its own, on this process's JDK and class path. */
final class ServiceProcess {
  private static final Duration UP_MAX = Duration.ofSeconds(60);
  private static final Duration STOP_MAX = Duration.ofSeconds(60);
  private static final Duration CHECK = Duration.ofMillis(50);

  /** Small and quick to start: there are four of these on the machine. */
  private static final List<String> FLAGS =
      List.of(
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Dsun.net.httpserver.nodelay=true",
          "-Dorg.jooq.no-logo=true",
          "-Dorg.jooq.no-tips=true");

  private final String name;
  private final int port;
  private final List<String> command;
  private final Path log;
  private @Nullable Process process;
  private boolean ended;

  /**
   * A service that is not started yet.
   *
   * @param port where it will listen
   * @param main its class; the arguments are the port and {@code arguments}
   * @param folder where its output goes, as {@code name.log}
   */
  ServiceProcess(String name, int port, Class<?> main, List<String> arguments, Path folder) {
    this.name = name;
    this.port = port;
    this.log = folder.resolve(name + ".log");
    this.command = new ArrayList<>();
    command.add(java());
    command.addAll(FLAGS);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.add(Integer.toString(port));
    command.addAll(arguments);
  }

  /** The program this process runs on. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  String name() {
    return name;
  }

  String url() {
    return url(port);
  }

  /** Where a service that listens at that port is reached. */
  static String url(int port) {
    return "http://127.0.0.1:" + port;
  }

  synchronized long pid() {
    return process == null ? -1 : process.pid();
  }

  /** Starts the process, and does not wait for it. */
  synchronized void start() throws IOException {
    if (ended) {
      throw new IllegalStateException(name + " is not to be started any more");
    }
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
            .start();
  }

  /**
   * Waits until the service answers.
   *
   * @throws IllegalStateException if it ends, or does not answer within a minute
   */
  void awaitUp() throws InterruptedException {
    var client = new JsonClient(url());
    long end = System.nanoTime() + UP_MAX.toNanos();
    while (!isUp(client)) {
      if (!isAlive() || System.nanoTime() > end) {
        throw new IllegalStateException(name + " did not start; see " + log);
      }
      Thread.sleep(CHECK);
    }
  }

  /** Ends the process with SIGKILL: it gets no chance to put anything in order. */
  synchronized void kill() {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
  }

  /** Kills the process, and lets nobody start it again. */
  synchronized void end() {
    ended = true;
    kill();
  }

  /** Asks the service to finish what is under way and to end; kills it if that takes too long. */
  synchronized void stop() throws IOException, InterruptedException {
    if (process != null) {
      process.getOutputStream().close();
      if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
        kill();
        throw new IllegalStateException(name + " did not stop in time; see " + log);
      }
    }
  }

  /** The end of what the service wrote. */
  List<String> lastLines(int count) throws IOException {
    List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
    return lines.subList(Math.max(0, lines.size() - count), lines.size());
  }

  private synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  private static boolean isUp(JsonClient client) throws InterruptedException {
    try {
      return client.find("/health", Map.of(), Duration.ofSeconds(1)).status() == 200;
    } catch (IOException e) {
      return false; // nobody listens there yet
    }
  }
}
