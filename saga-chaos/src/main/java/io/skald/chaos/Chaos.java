package io.skald.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs the harness once, writes its report, and exits with 1 unless it is valid and clean. */
public final class Chaos {
  private Chaos() {}

  /**
   * Runs it with {@link ChaosOptions}.
   *
   * @throws IOException if the report cannot be written
   */
  public static void main(String[] args) throws IOException {
    ChaosOptions options;
    try {
      options = ChaosOptions.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.println(ChaosOptions.USAGE);
      System.exit(2);
      return;
    }
    System.out.printf(
        "chaos: seed %d, %d s, nodes' output in %s%n",
        options.seed(), options.duration().toSeconds(), options.logs());
    System.exit(isClean(options) ? 0 : 1);
  }

  private static boolean isClean(ChaosOptions options) throws IOException {
    try {
      ChaosResult result = new ChaosRun(options).run();
      String report = new ChaosReport(options, result).markdown();
      Path folder = options.report().toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(options.report(), report);
      System.out.println(report);
      return result.isClean();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
