/** Messages over Apache Kafka. Needs {@code org.apache.kafka:kafka-clients}. */
package io.skald.messaging.kafka;
