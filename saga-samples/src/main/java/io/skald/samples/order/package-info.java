/**
 * The order services: three processes with a database each, and one saga per order that keeps them
 * consistent through everything that goes wrong on the way.
 *
 * <p>Begin with {@link io.skald.samples.order.PlaceOrderSaga}: it is all that Skald needs. Then
 * {@link io.skald.samples.order.ShipInPartsSaga}: the same, and most of what else a saga can say.
 * {@link io.skald.samples.order.OrderSample} starts everything, breaks it, and audits the result.
 */
@NullMarked
package io.skald.samples.order;

import org.jspecify.annotations.NullMarked;
