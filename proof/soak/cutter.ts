/** A TCP proxy in front of a store that breaks connections: before a request reaches it, or after it has answered. */

import { createServer, connect, type AddressInfo, type Socket } from "node:net";

export interface Cutter {
  readonly url: string;
  readonly cuts: { before: number; after: number };
  /** From now on everything passes. */
  calm(): void;
  /** Every connection is broken, and none is taken until `up`: as if the server were being started again. */
  down(): void;
  up(): void;
  close(): Promise<void>;
}

/** `share` of all pieces, of either direction, break their connection instead of passing. */
export async function startCutter(target: string, share: number, random: () => number): Promise<Cutter> {
  const { hostname, port } = new URL(target);
  const cuts = { before: 0, after: 0 };
  const open = new Set<Socket>();
  let calm = false;
  let isDown = false;
  const server = createServer((near) => {
    if (isDown) return void near.destroy();
    const far = connect(Number(port), hostname);
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    const pass = (to: Socket, when: keyof typeof cuts) => (piece: Buffer) => {
      if (!calm && random() < share) {
        cuts[when] += 1;
        end();
      } else to.write(piece);
    };
    near.on("data", pass(far, "before"));
    far.on("data", pass(near, "after"));
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", () => {
        open.delete(socket);
        end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href.replace(/\/$/, ""),
    cuts,
    calm: () => {
      calm = true;
    },
    down: () => {
      isDown = true;
      for (const socket of open) socket.destroy();
    },
    up: () => {
      isDown = false;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
