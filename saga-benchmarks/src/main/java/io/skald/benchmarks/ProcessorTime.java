package io.skald.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Processor time of this process, and of a server's processes where {@code /proc} tells. */
final class ProcessorTime {
  private static final Path PROC = Path.of("/proc");
  private static final long NANOS_PER_TICK = 10_000_000;

  private record Usage(long parent, long nanos) {
    /** The fields after the name, which may itself hold spaces and brackets. */
    static Usage parse(String stat) {
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      return new Usage(Long.parseLong(fields[1]), ticks * NANOS_PER_TICK);
    }
  }

  private ProcessorTime() {}

  static long ofThisProcess() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Of each process of the server that {@code backend} is one of; none where there is no /proc. */
  static Map<Long, Long> ofServer(long backend) {
    return read(backend).map(process -> ofFamily(process.parent())).orElse(Map.of());
  }

  /** What was used since {@code before}. A process that has ended meanwhile counts no more. */
  static long since(Map<Long, Long> before, Map<Long, Long> now) {
    return now.entrySet().stream()
        .mapToLong(entry -> entry.getValue() - before.getOrDefault(entry.getKey(), 0L))
        .sum();
  }

  private static Map<Long, Long> ofFamily(long parent) {
    Map<Long, Long> nanos = new HashMap<>();
    try (Stream<Path> entries = Files.list(PROC)) {
      List<String> names = entries.map(entry -> entry.getFileName().toString()).toList();
      for (String name : names) {
        if (name.chars().allMatch(Character::isDigit)) {
          long pid = Long.parseLong(name);
          read(pid)
              .filter(process -> pid == parent || process.parent() == parent)
              .ifPresent(process -> nanos.put(pid, process.nanos()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return nanos;
  }

  private static Optional<Usage> read(long pid) {
    Path stat = PROC.resolve(Long.toString(pid)).resolve("stat");
    try {
      return Optional.of(Usage.parse(Files.readString(stat)));
    } catch (IOException e) {
      return Optional.empty(); // it has ended, or this system has no /proc
    }
  }
}
