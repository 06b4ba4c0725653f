// One room as /sync tells it: its state, its sticky events, and news of both.
import type { Crypto, KeyNews, ToDevice } from "./crypto";
import type { Homeserver, MatrixEvent } from "./homeserver";

export type News = {
  state: (event: MatrixEvent) => void;
  timeline: (event: MatrixEvent) => void;
  toDevice: (message: ToDevice) => void;
};

type JoinedRoom = {
  state?: { events?: MatrixEvent[] };
  timeline?: { events?: MatrixEvent[] };
  "org.matrix.msc4222.state_after"?: { events?: MatrixEvent[] };
  msc4354_sticky?: { events?: MatrixEvent[] };
};

type Answer = KeyNews & {
  next_batch: string;
  rooms?: { join?: Record<string, JoinedRoom> };
};

export class Room {
  private readonly stateNow = new Map<string, MatrixEvent>();
  private readonly stickyNow = new Map<string, MatrixEvent>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly homeserver: Homeserver,
    readonly id: string,
    private readonly crypto: Crypto | null,
  ) {}

  /** The first answer, which is no news; after it, news as they come until `stop`. */
  async start(news: News): Promise<void> {
    const next = await this.once(null, null);
    void this.follow(next, news);
  }

  stop(): void {
    this.stopped.abort();
  }

  state(type: string, stateKey?: string): MatrixEvent[] {
    return [...this.stateNow.values()].filter(
      (event) => event.type === type && (stateKey === undefined || event.state_key === stateKey),
    );
  }

  sticky(): MatrixEvent[] {
    const now = Date.now();
    return [...this.stickyNow.values()].filter(
      (event) => event.origin_server_ts + (event.msc4354_sticky?.duration_ms ?? 0) > now,
    );
  }

  private async follow(from: string, news: News): Promise<void> {
    let since = from;
    while (!this.stopped.signal.aborted) {
      try {
        since = await this.once(since, news);
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        console.warn("sync failed, again in a second", error);
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }

  private async once(since: string | null, news: News | null): Promise<string> {
    const filter = { room: { rooms: [this.id] }, presence: { not_types: ["*"] } };
    const answer = (await this.homeserver.sync(filter, since, this.stopped.signal)) as Answer;
    const room = answer.rooms?.join?.[this.id] ?? {};
    // With MSC4222, what the state is after the timeline; without, the timeline changes it, too.
    const after = room["org.matrix.msc4222.state_after"];
    const timeline = this.here(room.timeline?.events);
    const state = after
      ? this.here(after.events)
      : [...this.here(room.state?.events), ...timeline.filter((e) => e.state_key !== undefined)];
    for (const event of state) {
      this.stateNow.set(JSON.stringify([event.type, event.state_key]), event);
      news?.state(event);
    }
    // A sticky event is in the timeline or, where that has a gap, in a list of its own.
    const sticky = this.here(room.msc4354_sticky?.events);
    for (const event of [...sticky, ...timeline]) {
      if (event.msc4354_sticky) this.stickyNow.set(event.event_id, event);
      news?.timeline(event);
    }
    const plain = (answer.to_device?.events ?? []).map((message) => ({
      message,
      encrypted: false,
    }));
    const messages = this.crypto === null ? plain : await this.crypto.receive(answer);
    messages.forEach((message) => news?.toDevice(message));
    return answer.next_batch;
  }

  private here(events: MatrixEvent[] = []): MatrixEvent[] {
    return events.map((event) => ({ ...event, room_id: this.id }));
  }
}
