/**
 * What a service uses inside its own transactions, in a saga or without one: messages that are
 * published if and only if the transaction commits.
 */
package io.skald.saga.participant;
