package io.skald.engine.spi;

import java.util.UUID;

/**
 * The right to make one attempt behind a limit.
 *
 * @param limit the limit's name
 * @param node the node that makes the attempt
 * @param id its identity, fresh for each time of asking
 */
public record Permit(String limit, NodeId node, UUID id) {}
