package io.skald.samples.order;

/**
 * So many pieces of one product.
 *
 * @param sku the product
 * @param quantity how many pieces, at least 1
 */
record OrderItem(String sku, int quantity) {
  OrderItem {
    if (quantity < 1) {
      throw new IllegalArgumentException("quantity: " + quantity + " (expected: >= 1)");
    }
  }
}
