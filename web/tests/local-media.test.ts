import { describe, expect, it } from "vitest";
import { ALL_RIGHTS, type LocalMedia, NO_MEDIA } from "../src/lib/media";
import type { MediaRoom } from "../src/services/livekit";
import { createLocalMedia } from "../src/services/local-media";

/** What a room was told, in order. */
const setup = () => {
  const told: string[] = [];
  let state: LocalMedia = NO_MEDIA;
  let volumes: (userId: string) => number = () => -1;
  let fails = false;
  const say = async (what: string) => {
    told.push(what);
    return fails ? Promise.reject(new Error("gone")) : Promise.resolve();
  };
  const room = {
    publishMicrophone: async (_track: unknown, muted: boolean, bits: number) =>
      say(`publish ${muted ? "muted" : "open"} ${bits}`),
    setMuted: async (muted: boolean) => say(muted ? "mute" : "unmute"),
    setCamera: async (on: boolean, device: string) => say(`camera ${on} ${device}`),
    setScreen: async (on: boolean) => say(`screen ${on}`),
    tell: async (deafened: boolean, hand: boolean) => say(`tell ${deafened} ${hand}`),
    setVolumes: (next: (userId: string) => number) => {
      volumes = next;
    },
  } as unknown as MediaRoom;
  const control = createLocalMedia({
    microphone: { track: () => ({}) as MediaStreamTrack },
    volumeOf: (userId) => (userId === "@loud:hs" ? 2 : 1),
    devices: () => ({ camera: "cam", share: { share: "1080p30", shareSound: true } }),
    report: (next) => {
      state = next;
    },
    onFailure: () => undefined,
  });
  return {
    control,
    room,
    told,
    state: () => state,
    volume: (userId: string) => volumes(userId),
    fail: () => {
      fails = true;
    },
  };
};

describe("one's own media", () => {
  it("are published once the room and the microphone are there, in any order", () => {
    for (const microphoneFirst of [true, false]) {
      const { control, room, told } = setup();
      if (microphoneFirst) control.setMicrophone({ tag: "live" });
      control.use(room, 32_000);
      if (!microphoneFirst) control.setMicrophone({ tag: "live" });
      expect(told).toEqual(["publish open 32000"]);
    }
  });

  it("stay as they were on a new connection: muted, deafened, hand up", () => {
    const { control, room, told, volume } = setup();
    control.setMicrophone({ tag: "live" });
    control.use(room, 64_000);
    control.setDeafened(true);
    control.setHand(true);
    control.use(null, 64_000);
    told.length = 0;
    control.use(room, 64_000);
    expect(told).toEqual(["publish muted 64000", "tell true true"]);
    expect(volume("@loud:hs")).toBe(0);
  });

  it("deafening mutes, and undeafening brings back what was before", () => {
    const { control, room, state, volume } = setup();
    control.use(room, 64_000);
    control.setDeafened(true);
    expect(state()).toMatchObject({ deafened: true, muted: true });
    control.setDeafened(false);
    expect(state()).toMatchObject({ deafened: false, muted: false });
    expect(volume("@loud:hs")).toBe(2);
    control.setMuted(true);
    control.setDeafened(true);
    control.setDeafened(false);
    expect(state().muted).toBe(true);
  });

  it("unmuting while deafened undeafens", () => {
    const { control, room, state, volume } = setup();
    control.use(room, 64_000);
    control.setDeafened(true);
    control.setMuted(false);
    expect(state()).toMatchObject({ deafened: false, muted: false });
    expect(volume("@ana:hs")).toBe(1);
  });

  it("a moderator's mute is told, and undone by the person", () => {
    const { control, room, state, told } = setup();
    control.use(room, 64_000);
    control.mutedByServer();
    expect(state()).toMatchObject({ muted: true, mutedByModerator: true });
    control.setMuted(false);
    expect(state()).toMatchObject({ muted: false, mutedByModerator: false });
    expect(told).toContain("unmute");
  });

  it("after the right to speak is back, one is muted until one unmutes", () => {
    const { control, room, state, told } = setup();
    control.setMicrophone({ tag: "live" });
    control.use(room, 64_000);
    control.setRights({ ...ALL_RIGHTS, speak: false });
    told.length = 0;
    control.setRights(ALL_RIGHTS);
    expect(told).toEqual(["publish muted 64000"]);
    expect(state().muted).toBe(true);
  });

  it("the camera is off after a loss, and a failed one says so", async () => {
    const { control, room, state, fail } = setup();
    expect(await control.setCamera(true)).toBe(false);
    control.use(room, 64_000);
    expect(await control.setCamera(true)).toBe(true);
    expect(await control.setScreen(true)).toBe(true);
    expect(state()).toMatchObject({ camera: true, screen: true });
    control.videoStopped("screen");
    expect(state()).toMatchObject({ camera: true, screen: false });
    control.use(null, 64_000);
    expect(state().camera).toBe(false);
    control.use(room, 64_000);
    fail();
    expect(await control.setCamera(true)).toBe(false);
    expect(state().camera).toBe(false);
  });
});
