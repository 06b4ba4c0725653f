import type { Engine } from "../src/services/engine";

/** An engine without media: it notes what it was asked. */
export const silentEngine = (asked: string[] = []): Engine => {
  const note =
    (what: string) =>
    (...values: unknown[]) => {
      asked.push([what, ...values.map(String)].join(" "));
    };
  const later = (what: string) => async () => {
    note(what)();
    return Promise.resolve();
  };
  return {
    open: later("open"),
    join: later("join"),
    leave: later("leave"),
    show: note("show"),
    enter: async (roomId) => {
      note("enter")(roomId);
      return Promise.resolve();
    },
    retryNow: note("retry"),
    startSound: later("sound"),
    local: {
      setMuted: note("muted"),
      setDeafened: note("deafened"),
      setHand: note("hand"),
    } as unknown as Engine["local"],
    microphone: () =>
      ({ setKey: note("key"), level: () => -60 }) as unknown as ReturnType<Engine["microphone"]>,
    ringer: () => ({ start: note("ring"), stop: note("no ring") }),
    accept: async ({ callId }) => later(`accept ${callId}`)(),
    decline: async ({ callId }) => later(`decline ${callId}`)(),
    sounds: () => ({ play: () => undefined }),
    openMicrophone: later("microphone"),
    closeMicrophone: note("no microphone"),
    hasKeys: true,
    media: () => null,
    onMedia: () => () => undefined,
    history: async () => Promise.resolve([]),
    picture: async ({ address }) =>
      Promise.resolve(address === "mxc://gone" ? null : `blob:${address}`),
    moderate: null,
    applySettings: () => undefined,
    close: later("close"),
  };
};
