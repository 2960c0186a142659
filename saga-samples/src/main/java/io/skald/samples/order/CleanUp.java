package io.skald.samples.order;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A small process that outlives a SIGKILL of the sample: it stops the database server and deletes
 * the folder once the process that started it is gone without having dismissed it. The services
 * need no such help, see {@link Lifeline}; the server is not ours to teach that.
 */
final class CleanUp {
  private static final List<String> FLAGS =
      List.of("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  /** The services take up to 30 s to come to their end. */
  private static final Duration STOP_MAX = Duration.ofSeconds(60);

  /** A server writes the file right after it has created it. */
  private static final int READS_MAX = 20;

  private static final Duration BETWEEN_READS = Duration.ofMillis(100);
  private static final Pattern PID_LINE = Pattern.compile("(\\d{1,18})\\s*\\R");

  private final Process process;

  private CleanUp(Process process) {
    this.process = process;
  }

  /** Starts the process. Its standard input is a pipe from here, and ends with this process. */
  static CleanUp after(Path folder) throws IOException {
    return new CleanUp(
        new ProcessBuilder(
                Stream.of(
                        Stream.of(ServiceProcess.java()),
                        FLAGS.stream(),
                        Stream.of("-cp", System.getProperty("java.class.path")),
                        Stream.of(CleanUp.class.getName(), folder.toString()))
                    .flatMap(part -> part)
                    .toList())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  /** Runs the process; argument: the folder. */
  public static void main(String... arguments) throws IOException, InterruptedException {
    if (System.in.read() < 0) {
      cleanUp(Path.of(arguments[0]));
    }
  }

  /** Stops the server in that folder, and deletes the folder. */
  static void cleanUp(Path folder) throws IOException, InterruptedException {
    stopServer(folder);
    delete(folder);
  }

  long pid() {
    return process.pid();
  }

  /** Says that there is nothing left to clean up. */
  void dismiss() throws IOException {
    // it may be gone: an interrupt from the terminal reaches it as well
    if (process.isAlive()) {
      try (var input = process.getOutputStream()) {
        input.write('.');
      }
    }
  }

  /**
   * Asks the server to end once its clients are gone, which the services see to by themselves, and
   * kills it if that takes too long. By a signal, for its own control program refuses to run as
   * root.
   */
  private static void stopServer(Path folder) throws IOException, InterruptedException {
    Optional<ProcessHandle> server = server(folder);
    if (server.isPresent()) {
      server.get().destroy();
      try {
        server.get().onExit().get(STOP_MAX.toSeconds(), TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException e) {
        server.get().destroyForcibly();
      }
    }
  }

  /**
   * The server says in its folder which process it is. That may be long gone, and another process
   * have its number: the server is the one whose program was unpacked into the folder.
   */
  private static Optional<ProcessHandle> server(Path folder)
      throws IOException, InterruptedException {
    OptionalLong pid = pid(DatabaseServer.dataIn(folder).resolve("postmaster.pid"));
    if (pid.isEmpty()) {
      return Optional.empty();
    }
    Optional<ProcessHandle> process = ProcessHandle.of(pid.getAsLong());
    return process.isPresent() && runsFrom(folder, process.get()) ? process : Optional.empty();
  }

  private static boolean runsFrom(Path folder, ProcessHandle process) throws IOException {
    Optional<Path> program = process.info().command().map(Path::of).filter(Files::exists);
    return program.isPresent() && program.get().toRealPath().startsWith(folder.toRealPath());
  }

  /** The number in the first line; none if there is no file, or no whole line for two seconds. */
  static OptionalLong pid(Path pidFile) throws InterruptedException {
    for (int reads = 0; reads < READS_MAX && Files.exists(pidFile); reads++) {
      Matcher line = PID_LINE.matcher(text(pidFile));
      if (line.lookingAt()) {
        return OptionalLong.of(Long.parseLong(line.group(1)));
      }
      Thread.sleep(BETWEEN_READS);
    }
    return OptionalLong.empty();
  }

  private static String text(Path pidFile) {
    try {
      // whatever its encoding: it holds paths as well
      return Files.readString(pidFile, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // gone by now, or still held by the server that writes it
    }
  }

  /** Deletes a folder with all it holds. */
  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
