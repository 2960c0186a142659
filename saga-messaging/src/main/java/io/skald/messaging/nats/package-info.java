/** Sends published messages to streams of NATS JetStream. */
package io.skald.messaging.nats;
