package io.skald.samples.order;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
      Path folder = Path.of(arguments[0]);
      stopServer(folder);
      delete(folder);
    }
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

  /** The server says in its folder which process it is. */
  private static Optional<ProcessHandle> server(Path folder) throws IOException {
    Path pidFile = DatabaseServer.dataIn(folder).resolve("postmaster.pid");
    return Files.exists(pidFile)
        ? ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).getFirst().strip()))
        : Optional.empty();
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
