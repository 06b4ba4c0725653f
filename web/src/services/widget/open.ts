/** The part of the client that only widgets need, put together; loaded when one is opened. */
import { SiteSchema } from "../../lib/site";
import type { WidgetParameters } from "../../lib/widget";
import { createApi } from "../api";
import type { Host } from "../host/host";
import { createWidgetHost, type WidgetReport } from "../host/widget";
import { createWidgetClient } from "./client";

type Needs = { parameters: WidgetParameters; api: string } & WidgetReport;

export const openWidget = async ({ parameters, api, ...events }: Needs): Promise<Host> => {
  // Asked before the Matrix client is: what is known here need not be asked of its user.
  const site = await createApi(".")
    .get("/config.json", SiteSchema)
    .catch(() => null);
  const serviceUrl = site?.serviceUrl ?? "";
  // A device of the client's is known by name to others; one of our own making is a device, too.
  const deviceId = parameters.deviceId || `WIDGET${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
  return createWidgetHost({
    client: createWidgetClient(parameters, deviceId, serviceUrl === ""),
    botId: parameters.botId,
    hasDevice: parameters.deviceId !== "",
    serviceUrl,
    api: createApi(api),
    apiOf: createApi,
    now: () => Date.now(),
    ...events,
  });
};
