/** Sends published messages to exchanges of RabbitMQ. */
package io.skald.messaging.rabbit;
