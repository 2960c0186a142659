package io.skald.samples.order;

/**
 * The services the sagas call.
 *
 * @param inventory stock, packing and parcels
 * @param payments the cards
 * @param wallet the wallets
 */
record Participants(Inventory inventory, Payments payments, Wallet wallet) {

  static Participants at(String inventoryUrl, String paymentsUrl) {
    return new Participants(
        new Inventory(inventoryUrl), new Payments(paymentsUrl), new Wallet(paymentsUrl));
  }
}
