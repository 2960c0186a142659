/** What the sources have in common. Not exported. */
package io.skald.messaging.internal;
