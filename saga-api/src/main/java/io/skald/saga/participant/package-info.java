/**
 * What a service uses inside transactions of its own, in a saga or without one: {@link
 * io.skald.saga.participant.Outbox} sends messages if and only if the transaction commits, {@link
 * io.skald.saga.participant.Inbox} handles each message once, and {@link
 * io.skald.saga.participant.Barrier} tells repeats, empty compensations and late actions.
 */
package io.skald.saga.participant;
