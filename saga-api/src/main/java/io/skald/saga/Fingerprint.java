package io.skald.saga;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The digest of a definition's structure: names, kinds and order; no time limits, no retries. */
final class Fingerprint {
  private static final int BYTES = 16;

  private Fingerprint() {}

  static String of(List<PlacedStep> steps) {
    var text = new StringBuilder();
    for (PlacedStep step : steps) {
      text.append(line(step)).append('\n');
    }
    return HexFormat.of().formatHex(sha256(text.toString()), 0, BYTES);
  }

  private static String line(PlacedStep step) {
    TaskPlan plan = step.plan();
    String action =
        switch (plan.action()) {
          case ActionPlan.Local local -> "local";
          case ActionPlan.Remote remote -> "remote " + remote.frequency();
        };
    String compensation =
        switch (plan.compensation()) {
          case CompensationPlan.None none -> "none";
          case CompensationPlan.Local local -> "local";
          case CompensationPlan.Remote remote -> "remote " + remote.when();
        };
    return String.join(" ", step.position().name(), plan.name(), action, compensation);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
