package io.skald.build;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The format gate: checks every Java source of the build, or rewrites it. */
public final class Format {
  private Format() {}

  /**
   * Runs the gate; ends with exit code 1 if a file is not formatted.
   *
   * @param arguments the mode, {@code check} or {@code write}, and the root folder
   */
  public static void main(String[] arguments) throws IOException {
    boolean write = arguments[0].equals("write");
    Path root = Path.of(arguments[1]);
    List<Path> unformatted;
    try (Stream<Path> files = Files.walk(root)) {
      unformatted =
          files.filter(Format::isSource).parallel().filter(file -> differs(file, write)).toList();
    }
    unformatted.forEach(
        file -> System.out.println((write ? "formatted " : "not formatted: ") + file));
    if (!write && !unformatted.isEmpty()) {
      System.out.println("Run: ./mvnw -q -pl build-tools process-classes -Dformat.mode=write");
      System.exit(1);
    }
  }

  private static boolean isSource(Path file) {
    String path = file.toString().replace('\\', '/');
    return path.endsWith(".java") && path.contains("/src/") && !path.contains("/target/");
  }

  private static boolean differs(Path file, boolean write) {
    try {
      String source = Files.readString(file);
      String formatted =
          new Formatter()
              .formatSourceAndFixImports(RemoveUnusedImports.removeUnusedImports(source));
      if (source.equals(formatted)) {
        return false;
      }
      if (write) {
        Files.writeString(file, formatted);
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (FormatterException e) {
      throw new IllegalStateException(file + ": " + e.getMessage(), e);
    }
  }
}
