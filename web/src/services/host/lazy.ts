/** A host whose code is loaded when it is first needed: other ways in do not pay for it. */
import { problem, VoiceError } from "../../lib/problem";
import type { Host } from "./host";

export const createLazyHost = (load: () => Promise<Host>): Host => {
  let loading: Promise<Host> | null = null;
  const host = async (): Promise<Host> => {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = null;
      if (error instanceof VoiceError) throw error;
      // A part of the page that does not come: the network, or a newer version of it all.
      throw new VoiceError(problem("UNREACHABLE"));
    }
  };
  return {
    open: async () => (await host()).open(),
    watch: async (...all) => (await host()).watch(...all),
    token: async (...all) => (await host()).token(...all),
    keys: async (roomId) => (await (await host()).keys?.(roomId)) ?? null,
    history: async (...all) => (await host()).history(...all),
    moderate: async (order) => (await host()).moderate?.(order),
    picture: async (whose) => {
      const found = await (await host()).picture?.(whose);
      if (found === undefined) throw new VoiceError(problem("UNEXPECTED", "no pictures here"));
      return found;
    },
    present: async (...all) => (await host()).present?.(...all),
  };
};
