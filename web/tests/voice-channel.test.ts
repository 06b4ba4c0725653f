import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Connection, isInside } from "../src/lib/connection";
import type { CallToken } from "../src/lib/model";
import { problem, VoiceError } from "../src/lib/problem";
import { type ConnectionEvents, createVoiceChannel } from "../src/services/voice-channel";

const WAY: CallToken = {
  url: "ws://sfu",
  jwt: "j",
  identity: "@a:hs:D",
  callId: "c",
  encrypts: false,
};

/** A media server that does what the test says. */
const world = () => {
  const reports: Connection[] = [];
  const medias: { events: ConnectionEvents; left: boolean }[] = [];
  const state = {
    tokenFails: null as VoiceError | null,
    connectFails: false,
    tokens: 0,
    moved: "",
  };
  const channel = createVoiceChannel({
    token: async () => {
      state.tokens += 1;
      return state.tokenFails === null ? Promise.resolve(WAY) : Promise.reject(state.tokenFails);
    },
    createMedia: async (events) => {
      const media = {
        events,
        left: false,
        connect: async () =>
          state.connectFails
            ? Promise.reject(new VoiceError(problem("SFU_UNAVAILABLE")))
            : Promise.resolve(),
        leave: async () => {
          media.left = true;
          return Promise.resolve();
        },
      };
      medias.push(media);
      return Promise.resolve(media);
    },
    onMedia: () => undefined,
    onMoved: (move) => {
      state.moved = move.roomId;
    },
    onNotMoved: ({ roomId }) => {
      state.moved = `not ${roomId}`;
    },
    report: (connection) => reports.push(connection),
    now: () => Date.now(),
    random: () => 0,
  });
  const last = () => reports.at(-1);
  return { channel, reports, medias, state, last };
};

describe("being in the call", () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());
  const settle = async (ms = 0) => vi.advanceTimersByTimeAsync(ms);

  it("begins with a token and a connection, once", async () => {
    const { channel, reports, state, last } = world();
    void channel.join("!r");
    void channel.join("!r");
    await settle();
    expect(reports.map(({ tag }) => tag)).toEqual(["joining", "in"]);
    expect(state.tokens).toBe(1);
    expect(isInside(last()!)).toBe(true);
  });

  it("is refused for what does not pass by itself, and may be tried again", async () => {
    const { channel, state, last } = world();
    state.tokenFails = new VoiceError(problem("FULL", "2 of 2"));
    await channel.join("!r");
    expect(last()).toEqual({ tag: "refused", problem: problem("FULL", "2 of 2") });
    await settle(60_000);
    expect(state.tokens).toBe(1);
    state.tokenFails = null;
    await channel.join("!r");
    expect(last()?.tag).toBe("in");
  });

  it("waits longer and longer for a call server that is down, then gets in", async () => {
    const { channel, state, last } = world();
    state.connectFails = true;
    void channel.join("!r");
    await settle();
    expect(last()).toMatchObject({ tag: "waiting", attempt: 1, retryAt: 1_001_000 });
    await settle(1000);
    expect(last()).toMatchObject({ tag: "waiting", attempt: 2, retryAt: 1_003_000 });
    state.connectFails = false;
    await settle(2000);
    expect(last()?.tag).toBe("in");
  });

  it("does not wait when told to try now", async () => {
    const { channel, state, last } = world();
    state.connectFails = true;
    void channel.join("!r");
    await settle();
    state.connectFails = false;
    channel.retryNow();
    await settle();
    expect(last()?.tag).toBe("in");
  });

  it("waits as long as the server asks", async () => {
    const { channel, state, last } = world();
    state.tokenFails = new VoiceError(problem("RATE_LIMITED", "", 20_000));
    void channel.join("!r");
    await settle();
    expect(last()).toMatchObject({ tag: "waiting", retryAt: 1_020_000 });
  });

  it("comes back with a new token after a loss, and keeps the time it was in", async () => {
    const { channel, medias, state, last } = world();
    void channel.join("!r");
    await settle();
    medias[0]!.events.onReconnecting();
    expect(last()?.tag).toBe("reconnecting");
    medias[0]!.events.onReconnected();
    expect(last()?.tag).toBe("in");
    medias[0]!.events.onEnded("lost");
    expect(last()).toMatchObject({ tag: "waiting", problem: { code: "UNREACHABLE" } });
    await settle(1000);
    expect(last()).toEqual({ tag: "in", since: 1_000_000 });
    expect(state.tokens).toBe(2);
  });

  it.each(["removed", "duplicate", "closed"] as const)(
    "does not come back when %s",
    async (why) => {
      const { channel, medias, state, last } = world();
      void channel.join("!r");
      await settle();
      medias[0]!.events.onEnded(why);
      await settle(60_000);
      expect(last()).toEqual({ tag: "ended", why });
      expect(state.tokens).toBe(1);
      // Taking over is the person's own act.
      await channel.join("!r");
      expect(last()?.tag).toBe("in");
    },
  );

  it("ends at once when the person leaves, also in the middle of a try", async () => {
    const { channel, medias, state, last } = world();
    state.connectFails = true;
    void channel.join("!r");
    await settle();
    await channel.leave();
    state.connectFails = false;
    await settle(60_000);
    expect(last()).toEqual({ tag: "out" });
    expect(state.tokens).toBe(1);
    expect(isInside(last()!)).toBe(false);
    void channel.join("!r");
    await settle();
    await channel.leave();
    expect(medias.at(-1)!.left).toBe(true);
    medias.at(-1)!.events.onEnded("lost");
    expect(last()).toEqual({ tag: "out" });
  });

  it("moves: there first, then away from here", async () => {
    const { channel, medias, state, last } = world();
    void channel.join("!r");
    await settle();
    medias[0]!.events.onMove({ ...WAY, roomId: "!other", name: "Other" });
    await settle();
    expect(medias.map(({ left }) => left)).toEqual([true, false]);
    expect(state.moved).toBe("!other");
    expect(last()?.tag).toBe("in");
    // The old connection has nothing to say any more.
    medias[0]!.events.onEnded("lost");
    expect(last()?.tag).toBe("in");
  });

  it("stays where it is when the move does not work", async () => {
    const { channel, medias, state, last } = world();
    void channel.join("!r");
    await settle();
    state.connectFails = true;
    medias[0]!.events.onMove({ ...WAY, roomId: "!other", name: "Other" });
    await settle();
    expect(medias[0]!.left).toBe(false);
    // And it is said why: the server takes us out soon.
    expect(state.moved).toBe("not !other");
    expect(last()?.tag).toBe("in");
  });

  it("goes to another channel, and stays where that one does not let it in", async () => {
    const { channel, medias, state, last } = world();
    await channel.join("!a");
    state.tokenFails = new VoiceError(problem("FULL"));
    await expect(channel.switchTo("!b")).rejects.toMatchObject({ problem: { code: "FULL" } });
    expect(medias.map(({ left }) => left)).toEqual([false]);
    expect(last()?.tag).toBe("in");
    state.tokenFails = null;
    await channel.switchTo("!b");
    expect(medias.map(({ left }) => left)).toEqual([true, false]);
    // One for each way in, and one that was refused; none for where we are.
    expect(state.tokens).toBe(3);
    await channel.switchTo("!b");
    expect(state.tokens).toBe(3);
  });

  it("goes to another channel even while it cannot come back into the first", async () => {
    const { channel, medias, state, last } = world();
    await channel.join("!a");
    state.tokenFails = new VoiceError(problem("SFU_UNAVAILABLE"));
    medias[0]!.events.onEnded("lost");
    expect(last()?.tag).toBe("waiting");
    state.tokenFails = null;
    await channel.switchTo("!b");
    expect(last()?.tag).toBe("in");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(medias.filter(({ left }) => !left)).toHaveLength(2);
  });
});
