package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node says of its own coming and going, at INFO: who it is and what it can run. */
final class NodeLog {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private NodeLog() {}

  static void opened(NodeSettings node, Optional<NodeId> id, List<DefinitionRef> definitions) {
    LOG.info(
        "{}: open; {}; lease {}, poll interval {}",
        named(node, id),
        node.concurrency() == 0
            ? "starts sagas and runs none"
            : "runs %s; at most %d sagas at a time, %d of them kept for urgent ones"
                .formatted(listed(definitions), node.concurrency(), node.kept()),
        DurationText.of(node.lease()),
        DurationText.of(node.pollInterval()));
  }

  static void closing(NodeSettings node, Optional<NodeId> id) {
    LOG.info(
        "{}: closing; waits {} at most for what runs",
        named(node, id),
        DurationText.of(node.shutdownTimeout()));
  }

  static void closed(NodeSettings node, Optional<NodeId> id) {
    LOG.info("{}: closed; other nodes go on with what it owned", named(node, id));
  }

  private static String named(NodeSettings node, Optional<NodeId> id) {
    return "node %s (%s)"
        .formatted(node.name(), id.map(NodeId::toString).orElse("its lease has run out"));
  }

  private static String listed(List<DefinitionRef> definitions) {
    return definitions.isEmpty()
        ? "no definition"
        : definitions.stream()
            .map(definition -> definition.name() + " v" + definition.version())
            .sorted()
            .collect(Collectors.joining(", "));
  }
}
