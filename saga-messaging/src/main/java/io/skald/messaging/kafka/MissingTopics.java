package io.skald.messaging.kafka;

import io.skald.messaging.RefusedMessageException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Whether a topic a producer did not find is missing, or the broker is away: a producer says the
 * same of both, and may say it of a broker that it asked long ago.
 */
final class MissingTopics {
  private static final int ANSWER_MAX_MILLIS = 5_000;

  private final Map<String, Object> config;

  MissingTopics(Map<String, Object> config) {
    this.config = config;
  }

  /**
   * Asks the broker. Makes a client for one question: it is asked when something is wrong, by each
   * relay once in a while.
   *
   * @throws RefusedMessageException if the broker says that there is no such topic
   */
  void refuse(String topic, TimeoutException failure) throws RefusedMessageException {
    try (Admin admin = Admin.create(config)) {
      var options = new DescribeTopicsOptions().timeoutMs(ANSWER_MAX_MILLIS);
      var unused = admin.describeTopics(List.of(topic), options).allTopicNames().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new RefusedMessageException("the cluster has no topic " + topic, failure);
      }
      failure.addSuppressed(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (KafkaException e) {
      failure.addSuppressed(e);
    }
  }
}
