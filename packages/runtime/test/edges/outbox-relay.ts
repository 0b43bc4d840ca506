/** A relay in a process of its own, until it is killed: what it sends goes to the other side, which keeps the count. */

import { outboxPlace, type PlaceKind } from "./outbox-places.ts";

const [kind = "", url = "", name = "", otherSide = ""] = process.argv.slice(2);
const place = outboxPlace(kind as PlaceKind, url, name);
const relay = place.outbox.relay({
  leaseMs: 400,
  backoff: () => 20,
  concurrency: 4,
  onError: () => {},
  send: async ({ id, key, body, attributes }, { signal }) => {
    const response = await fetch(otherSide, {
      method: "POST",
      body: JSON.stringify({ id, key, body, attributes, pid: process.pid }),
      signal,
    });
    if (!response.ok) throw new Error(`the other side answered ${response.status}`);
  },
});
await relay.run({ signal: new AbortController().signal, pollMs: 20 });
