/** Sends published messages to brokers. */
package io.skald.messaging;
