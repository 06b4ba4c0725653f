/** The part of the client that only widgets need, put together; loaded when one is opened. */
import type { WidgetParameters } from "../../lib/widget";
import { createApi } from "../api";
import type { Host } from "../host/host";
import { createWidgetHost } from "../host/widget";
import { createWidgetClient, type WidgetEvents } from "./client";

type Needs = { parameters: WidgetParameters; api: string } & Pick<
  WidgetEvents,
  "onTheme" | "onHangup" | "onListening"
>;

export const openWidget = ({ parameters, api, ...events }: Needs): Host => {
  // A device of the client's is known by name to others; one of our own making is a device, too.
  const deviceId = parameters.deviceId || `WIDGET${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
  return createWidgetHost({
    client: createWidgetClient(parameters, deviceId),
    botId: parameters.botId,
    hasDevice: parameters.deviceId !== "",
    api: createApi(api),
    apiOf: createApi,
    now: () => Date.now(),
    ...events,
  });
};
