import { cleanup, render, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Avatar } from "../src/components/voice/avatar";
import { EngineContext } from "../src/hooks/engine-context";
import { createPictures } from "../src/services/pictures";
import { resetVoice, updateVoice } from "../src/stores/voice-store";
import { silentEngine } from "./engine";

const whose = (address: string) => ({ roomId: "!r", userId: "@ben:hs", address });

describe("pictures of people", () => {
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x" }));

  it("are fetched once, and made small whatever they are", async () => {
    const asked: string[] = [];
    const shrunk: number[] = [];
    const pictures = createPictures(
      async ({ address }) => {
        asked.push(address);
        return Promise.resolve(new Blob(["12345"]));
      },
      async (picture) => {
        shrunk.push(picture.size);
        return Promise.resolve(picture);
      },
    );
    const twice = [pictures.get(whose("mxc://hs/a")), pictures.get(whose("mxc://hs/a"))];
    expect(await Promise.all(twice)).toEqual(["blob:x", "blob:x"]);
    expect(await pictures.get(whose("mxc://hs/b"))).toBe("blob:x");
    expect(asked).toEqual(["mxc://hs/a", "mxc://hs/b"]);
    expect(shrunk).toEqual([5, 5]);
  });

  it("are none where they cannot be had, are none, or are too large", async () => {
    const get = async (
      fetch: () => Promise<Blob>,
      shrink = async (b: Blob) => Promise.resolve(b),
    ) => createPictures(fetch, shrink).get(whose("mxc://hs/a"));
    const fails = async () => Promise.reject(new Error("404"));
    expect(await get(fails)).toBeNull();
    expect(await get(async () => Promise.resolve(new Blob(["<svg/>"])), fails)).toBeNull();
    const huge = Object.defineProperty(new Blob(), "size", { value: 5 * 1024 * 1024 });
    expect(await get(async () => Promise.resolve(huge))).toBeNull();
  });
});

describe("somebody's avatar", () => {
  afterEach(() => {
    cleanup();
    resetVoice();
  });
  const channel = {
    enabled: true,
    userLimit: 0,
    bitrate: 1,
    status: "",
    locked: false,
    mediaEncryption: false,
  };
  const show = (pictures: Record<string, string>) => {
    const room = { roomId: "!r", name: "", channel, call: null, names: {}, mayModerate: false };
    updateVoice({ room: { ...room, pictures } });
    return render(
      <EngineContext value={silentEngine()}>
        <Avatar userId="@ben:hs" name="Ben Cole" />
      </EngineContext>,
    ).container;
  };

  it("is their picture, once it is there; before that, their initials", async () => {
    const shown = show({ "@ben:hs": "mxc://hs/a" });
    expect(shown.textContent).toBe("BC");
    await waitFor(() => expect(shown.querySelector("img")?.src).toBe("blob:mxc://hs/a"));
    expect(shown.textContent).toBe("");
  });

  it("is their initials where there is no picture", async () => {
    const shown = show({ "@ben:hs": "mxc://gone", "@cal:hs": "mxc://hs/c" });
    await Promise.resolve();
    expect(shown.textContent).toBe("BC");
    expect(shown.querySelector("img")).toBeNull();
  });
});
