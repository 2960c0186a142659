package io.skald.engine.codec;

import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.Census;
import io.skald.saga.view.SagaStatus;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A census as a small JSON document: taken where the sagas are, read where code is built. What a
 * later release of Skald adds to it is ignored.
 *
 * <pre>{@code
 * {
 *   "census" : 1,
 *   "takenAt" : "2026-03-01T12:00:00Z",
 *   "groups" : [ {
 *     "definition" : "place-order",
 *     "version" : 3,
 *     "fingerprint" : "9f86d081884c7d659a2feaa0c55ad015",
 *     "status" : "RUNNING",
 *     "step" : "charge-card",
 *     "stand" : "AT",
 *     "sagas" : 37,
 *     "oldest" : "2026-02-27T08:00:00Z"
 *   } ]
 * }
 * }</pre>
 */
public final class CensusJson {
  private static final int FORM = 1;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private CensusJson() {}

  /** The census as a document. */
  public static String write(Census census) {
    ObjectNode document = MAPPER.createObjectNode();
    document.put("census", FORM).put("takenAt", census.takenAt().toString());
    var groups = document.putArray("groups");
    for (Census.Group group : census.groups()) {
      ObjectNode one = groups.addObject();
      one.put("definition", group.definition())
          .put("version", group.version())
          .put("fingerprint", group.fingerprint())
          .put("status", group.status().name());
      group.step().ifPresent(step -> one.put("step", step));
      one.put("stand", group.stand().name())
          .put("sagas", group.sagas())
          .put("oldest", group.oldest().toString());
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(document);
  }

  /**
   * The census of a document.
   *
   * @throws SagaDataException if it is none
   */
  public static Census read(String document) {
    try {
      JsonNode root = MAPPER.readTree(document);
      if (root.path("census").asInt(0) != FORM) {
        throw new SagaDataException(
            "census: %s (expected: a document with \"census\" : %d)"
                .formatted(root.path("census"), FORM),
            null);
      }
      List<Census.Group> groups = new ArrayList<>();
      root.required("groups").forEach(group -> groups.add(group(group)));
      return new Census(Instant.parse(root.required("takenAt").asString()), groups);
    } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
      throw new SagaDataException("the document is no census: " + e.getMessage(), e);
    }
  }

  private static Census.Group group(JsonNode group) {
    return new Census.Group(
        group.required("definition").asString(),
        group.required("version").asInt(),
        group.required("fingerprint").asString(),
        SagaStatus.valueOf(group.required("status").asString()),
        Optional.ofNullable(group.get("step")).map(JsonNode::asString),
        Census.Stand.valueOf(group.required("stand").asString()),
        group.required("sagas").asLong(),
        Instant.parse(group.required("oldest").asString()));
  }
}
