package io.skald.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;

/** One incarnation of a node, in a process of its own. */
final class NodeProcess {
  private static final List<String> FLAGS =
      List.of(
          "-Xmx96m",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
          "-Dorg.slf4j.simpleLogger.showDateTime=true",
          "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
          "-Dorg.slf4j.simpleLogger.showThreadName=false",
          "-Dorg.slf4j.simpleLogger.logFile=System.out");

  private final String name;
  private final Process process;

  private NodeProcess(String name, Process process) {
    this.name = name;
    this.process = process;
  }

  /**
   * Starts a node.
   *
   * @param arguments those of {@link ChaosNode}, of which the third is its name
   * @param log takes what it says
   * @param news takes what it tells, with a number
   */
  static NodeProcess start(List<String> arguments, NodeLog log, ObjLongConsumer<String> news)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(ChaosNode.class.getName());
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var node = new NodeProcess(arguments.get(2), process);
    Thread.ofVirtual().start(() -> node.listen(log, news));
    return node;
  }

  private void listen(NodeLog log, ObjLongConsumer<String> news) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", 2);
        if (line.startsWith(ChaosNode.TELLS) && words.length == 2) {
          news.accept(words[0].substring(ChaosNode.TELLS.length()), Long.parseLong(words[1]));
        } else {
          log.write(name, line);
        }
      }
    } catch (IOException e) {
      // a process that is killed may leave half a line
      log.write(name, "ended: " + e);
    } catch (UncheckedIOException e) {
      log.write(name, "not kept: " + e);
    }
  }

  String name() {
    return name;
  }

  Process process() {
    return process;
  }
}
